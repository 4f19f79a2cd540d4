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

// Copies an address that a vendor has to be told. Without this script there are no such buttons.
(function () {
  "use strict";
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(button.dataset.copy).then(function () {
        button.textContent = "Copied";
        button.setAttribute("aria-live", "polite");
      });
    });
  }
})();

// Reloads a page that only shows how things are, unless the user types there or looks elsewhere. Without this script the browser reloads it.
(function () {
  "use strict";
  const seconds = Number(document.body.dataset.refresh);
  if (!seconds) return;
  setInterval(function () {
    const at = document.activeElement;
    if (document.hidden || at && at.matches("input, select, textarea")) return;
    location.reload();
  }, seconds * 1000);
})();
