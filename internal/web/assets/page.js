// Follows an import that runs. Without this script the page reloads itself instead.
(function () {
  "use strict";
  const box = document.querySelector("[data-events]");
  if (!box) return;
  const bar = box.querySelector("progress");
  const text = box.querySelector("[data-progress]");
  const events = new EventSource(box.dataset.events);
  events.onmessage = function (message) {
    const now = JSON.parse(message.data);
    if (!bar) { events.close(); location.reload(); return; }
    if (now.total > 0) { bar.max = now.total; bar.value = now.done; }
    if (text) text.textContent = now.text;
  };
  events.addEventListener("end", function () { events.close(); location.reload(); });
})();
