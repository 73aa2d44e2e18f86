// How long it takes from Enter on one page to the next page, painted: in `sessionStorage.turns`, ms.

addEventListener(
  "keydown",
  (event) => {
    if (event.key === "Enter") {
      sessionStorage.enteredAt = String(performance.timeOrigin + event.timeStamp);
    }
  },
  true,
);
addEventListener("DOMContentLoaded", () => {
  const enteredAt = Number(sessionStorage.enteredAt);
  if (!enteredAt || !document.querySelector("[data-testid=report]")) {
    return;
  }
  delete sessionStorage.enteredAt;
  // The frame after the first one: by then the first has been painted.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const took = performance.timeOrigin + performance.now() - enteredAt;
      const turns = JSON.parse(sessionStorage.turns ?? "[]");
      sessionStorage.turns = JSON.stringify([...turns, took]);
      document.documentElement.dataset.turned = String(turns.length + 1);
    }),
  );
});
