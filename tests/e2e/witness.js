// Runs before the page's own code and notes what really arrived and was really drawn.
//
// window.witness = {
//   videoPackets, audioPackets: what came on the media socket,
//   drawn: [grey 32×24 thumbnails of what was drawn on the partner's canvas, newest 400],
//   drawnCount, marks: [{name, at, ...}] (at: Unix time in ms, with fractions)
// }
(() => {
  const witness = { videoPackets: 0, audioPackets: 0, drawnCount: 0, drawn: [], marks: [] };
  window.witness = witness;

  const mark = (name, detail = {}) => {
    witness.marks.push({ name, at: performance.timeOrigin + performance.now(), ...detail });
  };

  const NativeWebSocket = window.WebSocket;
  window.WebSocket = class extends NativeWebSocket {
    constructor(...parameters) {
      super(...parameters);
      this.addEventListener("message", (event) => note(event.data));
    }
  };

  function note(data) {
    if (typeof data !== "string") {
      const kind = data instanceof ArrayBuffer ? new DataView(data).getUint8(0) : 0;
      if (kind === 3) witness.audioPackets += 1;
      else witness.videoPackets += 1;
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "paired") {
      mark("paired", { conversation: message.conversation, mode: message.mode });
    } else if (message.type === "picture") {
      mark("picture", { whose: message.whose, state: message.state, reason: message.reason });
    } else if (message.type === "ended" || message.type === "barred") {
      mark(message.type, { rule: message.rule ?? null });
    }
  }

  const small = new OffscreenCanvas(32, 24).getContext("2d", { willReadFrequently: true });

  // The canvas itself is looked at, whatever drew on it: once per animation frame.
  function look() {
    const canvas = document.querySelector('[data-testid="partner-video"]');
    if (canvas instanceof HTMLCanvasElement && canvas.width > 0 && canvas.height > 0) {
      smallGrey(canvas);
    }
    requestAnimationFrame(look);
  }

  let last = "";
  let wasBlank = true;

  function smallGrey(canvas) {
    small.clearRect(0, 0, 32, 24);
    small.drawImage(canvas, 0, 0, 32, 24);
    const { data } = small.getImageData(0, 0, 32, 24);
    const grey = [];
    for (let at = 0; at < data.length; at += 4) {
      grey.push(Math.round(0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2]));
    }
    const isBlank = Math.max(...grey) - Math.min(...grey) < 12;
    if (isBlank !== wasBlank) {
      wasBlank = isBlank;
      mark(isBlank ? "blank" : "drawing");
    }
    const now = grey.join();
    if (isBlank || now === last) return;
    last = now;
    witness.drawnCount += 1;
    witness.drawn.push(grey);
    if (witness.drawn.length > 400) witness.drawn.shift();
  }

  requestAnimationFrame(look);
})();
