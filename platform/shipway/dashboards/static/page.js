"use strict";
// What pages need of a script: times in the reader's own zone, drawings that begin with their subject, and a word when a
// live part cannot be brought up to date.
(() => {
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
  const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

  function ago(date) {
    const seconds = Math.round((date.getTime() - Date.now()) / 1000);
    const [unit, length] = units.find(([, size]) => Math.abs(seconds) >= size) || units[units.length - 1];
    return relative.format(Math.trunc(seconds / length), unit);
  }

  function showTimes(within) {
    for (const element of within.querySelectorAll("time[datetime]")) {
      const date = new Date(element.dateTime);
      if (Number.isNaN(date.getTime())) continue;
      const local = absolute.format(date);
      const text = "relative" in element.dataset ? ago(date) : local;
      if (element.title !== local) element.title = local;
      if (element.textContent !== text) element.textContent = text;
    }
  }

  // A drawing that is wider than its panel begins with its subject in the middle, and not with its left end.
  function showSubjects() {
    for (const panel of document.querySelectorAll("[data-subject]")) {
      const subject = panel.querySelector(panel.dataset.subject);
      if (!subject) continue;
      const [inner, outer] = [subject.getBoundingClientRect(), panel.getBoundingClientRect()];
      panel.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
      panel.scrollTop += inner.top + inner.height / 2 - outer.top - outer.height / 2;
    }
  }

  function tell(sentence) {
    const notice = document.getElementById("notice");
    if (!notice) return;
    notice.textContent = sentence;
    notice.hidden = sentence === "";
  }

  document.addEventListener("DOMContentLoaded", () => {
    showTimes(document);
    showSubjects();
    setInterval(() => showTimes(document), 15000);
  });
  document.addEventListener("htmx:afterSwap", () => showTimes(document));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) tell("");
  });
  document.addEventListener("htmx:responseError", (event) => {
    tell(`This page cannot be brought up to date (${event.detail.xhr.status}): load it again.`);
  });
  document.addEventListener("htmx:sendError", () => {
    tell("The server does not answer: what you see is what it said last.");
  });
})();
