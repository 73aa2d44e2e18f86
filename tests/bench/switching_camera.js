// A camera that can be told what to show: window.camera.show("astronaut").
//
// It takes getUserMedia's place before the page's own code runs. Each picture moves a little, as
// in the clips. PICTURES (name → JPEG in base64) is put in front of this file by the bench.
(() => {
  const WIDTH = 640, HEIGHT = 480, PAN = 12, FRAMES_PER_S = 20;
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const surface = canvas.getContext("2d", { alpha: false });
  const bitmaps = {};
  let showing = Object.keys(PICTURES)[0];

  const camera = { switchedAt: null, sentAt: null, sentSinceSwitch: 0 };
  window.camera = camera;
  const now = () => performance.timeOrigin + performance.now();

  camera.show = (name) => {
    showing = name;
    paint();
    camera.switchedAt = now();
    camera.sentAt = null;
    camera.sentSinceSwitch = 0;
  };

  function paint() {
    const bitmap = bitmaps[showing];
    if (!bitmap) return;
    const turn = (performance.now() / 2000) * 2 * Math.PI;
    surface.drawImage(
      bitmap,
      -PAN + PAN * Math.cos(turn), -PAN + PAN * Math.sin(turn),
      WIDTH + 2 * PAN, HEIGHT + 2 * PAN,
    );
  }

  const ready = Promise.all(Object.entries(PICTURES).map(async ([name, base64]) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    bitmaps[name] = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
  }));

  navigator.mediaDevices.getUserMedia = async (constraints) => {
    await ready;
    paint();
    setInterval(paint, 1000 / FRAMES_PER_S);
    const tracks = [];
    if (constraints.video) tracks.push(...canvas.captureStream(FRAMES_PER_S).getVideoTracks());
    if (constraints.audio) {
      const sound = new AudioContext();
      const silence = sound.createMediaStreamDestination();
      tracks.push(...silence.stream.getAudioTracks());
    }
    return new MediaStream(tracks);
  };

  // When the first video packet after a switch leaves, and how many have left since. A frame that
  // was encoded before the switch may be the first: the measured cut is then a little too long,
  // never too short.
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (typeof data !== "string" && camera.switchedAt !== null && kindOf(data) !== 3) {
      camera.sentAt ??= now();
      camera.sentSinceSwitch += 1;
    }
    return send.call(this, data);
  };

  function kindOf(data) {
    const view = ArrayBuffer.isView(data)
      ? new DataView(data.buffer, data.byteOffset, data.byteLength)
      : new DataView(data);
    return view.getUint8(0);
  }
})();
