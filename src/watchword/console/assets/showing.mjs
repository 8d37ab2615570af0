/** What of the page is to be seen, and in which words. Nothing here speaks with the server. */

import { closeCamera } from "./camera.mjs";

export const byId = (id) => document.getElementById(id);
/** What the server has to say of this door, and every sentence by its name. */
export const facts = JSON.parse(byId("facts").textContent);
export const texts = facts.texts;

/** Show an element, or hide it. */
export function show(id, shown = true) {
  byId(id).hidden = !shown;
}

/** Say something, or nothing. What says nothing takes no room; hidden, it would be read out by nobody. */
export function say(id, text) {
  byId(id).textContent = text;
}

/** Take back all that was said. */
export function clear() {
  for (const id of ["notice", "problem", "login-error", "password-error"]) say(id, "");
  for (const id of ["login", "password"]) byId(id).removeAttribute("aria-invalid");
}

/** Show the step that comes next: a password, a face, or who is in. */
export function showStep(way) {
  const face = way === "face";
  for (const id of ["form", "ways", "with-password", "with-face", "inside"]) show(id, false);
  show("form");
  show("ways", facts.factors === "either" && facts.faces);
  show("with-face", face);
  show("with-password", !face);
  show("login-hint", face);
  // What is hidden would be read out all the same.
  byId("login").setAttribute("aria-describedby", face ? "login-hint login-error" : "login-error");
  const step = face ? texts.step_face : texts.step_password;
  say("step", facts.factors === "both" ? step : "");
  rest();
}

/** Show the camera as turned off. */
export function rest() {
  closeCamera(byId("preview"));
  for (const id of ["stage", "record", "cancel", "progress"]) show(id, false);
  for (const id of ["form", "start", "intro"]) show(id);
  show("doors", byId("doors").children.length > 0);
  say("prompt", "");
  byId("arrow").dataset.act = "";
}

/** Say whether a field is filled in; if not, tell, and go there. */
export function isFilled(id, text) {
  const filled = Boolean(byId(id).value.trim());
  if (!filled) {
    say(`${id}-error`, text);
    byId(id).setAttribute("aria-invalid", "true");
    byId(id).focus();
  }
  return filled;
}
