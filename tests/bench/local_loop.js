// The floor under paired → first frame: one picture encoded, decoded and painted in one page.
//
// Answers the milliseconds from handing the first frame to a VP8 encoder until the animation
// frame after it was drawn, with nothing between them: no server, no judging.
async () => {
  const source = new OffscreenCanvas(640, 480);
  const ink = source.getContext("2d");
  const paper = document.createElement("canvas").getContext("2d");
  for (let x = 0; x < 640; x += 8) {
    ink.fillStyle = `hsl(${(x * 7) % 360} 60% ${20 + (x * 13) % 60}%)`;
    ink.fillRect(x, 0, 8, 480);
  }
  return await new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const decoder = new VideoDecoder({
      error: reject,
      output: (frame) => {
        paper.drawImage(frame, 0, 0);
        frame.close();
        requestAnimationFrame(() => resolve(performance.now() - startedAt));
      },
    });
    decoder.configure({ codec: "vp8" });
    const encoder = new VideoEncoder({
      error: reject,
      output: (chunk) => { decoder.decode(chunk); decoder.flush(); },
    });
    encoder.configure({
      codec: "vp8", width: 640, height: 480, bitrate: 800000, latencyMode: "realtime",
    });
    const frame = new VideoFrame(source, { timestamp: 0 });
    encoder.encode(frame, { keyFrame: true });
    frame.close();
    encoder.flush();
  });
}
