import { initAll } from "./govuk-frontend.min.js";

// What pages gain where scripts run: components, parts that keep themselves up to date, and uploads that show how far they are.
// Everything works without it.

const SLOWEST = 30_000;

const pageIn = (text) => new DOMParser().parseFromString(text, "text/html");

// Spoken politely, and once: a region that was there before its words.
const voice = document.createElement("div");
voice.setAttribute("role", "status");
voice.className = "govuk-visually-hidden";
document.body.append(voice);

function say(words) {
  if (words && voice.textContent !== words) voice.textContent = words;
}

// Parts with data-refresh: the same part of the page at that address takes their place, until it no longer asks for it.

function keepFresh(scope) {
  for (const part of scope.querySelectorAll("[data-refresh]")) later(part, part.outerHTML);
}

function later(part, seen, wait = Math.max(1, Number(part.dataset.every) || 2) * 1000) {
  setTimeout(() => refresh(part, seen, wait), wait);
}

async function refresh(part, seen, wait) {
  if (!part.isConnected) return;
  if (document.hidden) return later(part, seen, wait);
  let fresh;
  try {
    const answer = await fetch(part.dataset.refresh, { headers: { Accept: "text/html" } });
    if (answer.status >= 500) throw new Error(answer.statusText);
    fresh = pageIn(await answer.text()).getElementById(part.id);
  } catch {
    return later(part, seen, Math.min(wait * 2, SLOWEST));
  }
  if (!part.isConnected) return;
  if (!fresh) return stale(part);
  const told = fresh.outerHTML;
  if (told === seen) return later(part, seen);
  exchange(part, fresh);
  if (fresh.hasAttribute("data-refresh")) later(fresh, told);
}

// Signed out, or no longer to be seen: the part stays as it is, and says so.

function stale(part) {
  const words = "This part no longer updates by itself: you were signed out, or may no longer see it.";
  const note = pageIn(`<div class="govuk-inset-text">${words} <a class="govuk-link">Look again</a></div>`).body.firstElementChild;
  note.querySelector("a").href = location.href;
  part.before(note);
  say(words);
}

function exchange(part, fresh) {
  const held = part.contains(document.activeElement) ? document.activeElement : null;
  const before = part.dataset.say;
  part.replaceWith(fresh);
  begin(fresh);
  if (held) focusOn(sameIn(fresh, held) || fresh);
  if (fresh.dataset.say !== before) say(fresh.dataset.say);
}

function sameIn(fresh, held) {
  if (held.id) return fresh.querySelector(`#${CSS.escape(held.id)}`);
  const address = held.getAttribute("href");
  return address && fresh.querySelector(`a[href="${CSS.escape(address)}"]`);
}

function focusOn(element) {
  if (!element.matches("a, button, input, select, textarea, summary, [tabindex]")) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

// Forms with data-upload: the file is sent with its progress shown. What was typed and chosen stays where it cannot be sent, and
// the form's own field of once lets the same upload be sent again without being taken twice.

function send(event) {
  const form = event.target;
  const file = form.querySelector("input[type=file]").files[0];
  if (!file) return; // the page that answers says it at its field
  event.preventDefault();
  if (form.dataset.sending) return;
  if (file.size > Number(form.dataset.mostBytes)) return complain(form, form.dataset.tooLarge);
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.upload.addEventListener("progress", (now) => now.lengthComputable && showProgress(form, now.loaded / now.total));
  request.addEventListener("load", () => arrived(form, request));
  for (const name of ["error", "abort", "timeout"]) request.addEventListener(name, () => complain(form, form.dataset.failed));
  form.dataset.sending = "yes";
  showProgress(form, 0);
  request.send(new FormData(form));
}

function showProgress(form, share) {
  const area = form.querySelector("[data-upload-progress]");
  area.hidden = false;
  area.querySelector("progress").value = Math.round(share * 100);
  const quarters = Math.floor(share * 4) * 25; // told in quarters: every step would be read out
  const words = share < 1 ? `Uploading: ${quarters}%` : form.dataset.sent;
  const status = form.querySelector("[data-upload-status]");
  if (status.textContent !== words) status.textContent = words;
}

function stop(form) {
  delete form.dataset.sending;
  form.querySelector("[data-upload-progress]").hidden = true;
  form.querySelector("[data-upload-status]").textContent = "";
}

function arrived(form, request) {
  // What refuses it has an address of its own too, where nothing stood in the way.
  if (request.status < 400 || request.responseURL !== form.action) return location.assign(request.responseURL);
  const fresh = pageIn(request.responseText);
  const main = document.querySelector("main"), told = fresh.querySelector("main");
  if (!told) return complain(form, form.dataset.failed);
  document.title = fresh.title;
  main.replaceChildren(...told.childNodes);
  begin(main);
  window.scrollTo(0, 0);
}

// The words of an error as the server writes them: in a summary on top, and at the field.

function complain(form, words) {
  stop(form);
  const field = form.querySelector("input[type=file]"), group = field.closest(".govuk-form-group");
  for (const old of document.querySelectorAll(".govuk-error-summary, .govuk-error-message")) old.remove();
  const id = field.id.replace(/-input$/, "");
  const summary = pageIn(
    `<div class="govuk-error-summary" data-module="govuk-error-summary"><div role="alert"><h2 class="govuk-error-summary__title">There is a problem</h2>
    <div class="govuk-error-summary__body"><ul class="govuk-list govuk-error-summary__list"><li><a></a></li></ul></div></div></div>`,
  ).body.firstElementChild;
  const link = summary.querySelector("a");
  link.href = `#${id}`;
  link.textContent = words;
  const message = pageIn(`<p class="govuk-error-message"><span class="govuk-visually-hidden">Error:</span> </p>`).body.firstElementChild;
  message.id = `${id}-error`;
  message.append(words);
  group.classList.add("govuk-form-group--error");
  (group.querySelector(".govuk-hint") || group.querySelector("label")).after(message);
  document.title = `Error: ${document.title.replace(/^Error: /, "")}`;
  const top = document.createElement("div");
  top.append(summary);
  document.querySelector("main").prepend(top);
  begin(top);
}

function begin(scope) {
  keepFresh(scope);
  for (const form of scope.querySelectorAll("form[data-upload]")) form.addEventListener("submit", send);
  initAll({ scope });
  // Its name must hold the words that are seen (WCAG 2.5.3): a comma that nobody sees stands between them.
  for (const comma of scope.querySelectorAll(".govuk-file-upload-button [id$=-comma]")) comma.before(" "), comma.replaceChildren();
}

begin(document);
