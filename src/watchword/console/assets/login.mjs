/** The sign-in page: which step it is, what is shown of it, and what its buttons do. */

import { CameraTrouble, Cancelled, closeCamera, film, findTrouble, openCamera } from "./camera.mjs";
import { keep, keptHere, deviceOf } from "./keeping.mjs";
import { byId, clear, facts, isFilled, rest, say, show, showStep, texts } from "./showing.mjs";
import { Door, Refusal } from "./wire.mjs";

const door = new Door(facts.door);
const device = deviceOf();

const PROMPTS = {
  "look-ahead": texts.look_ahead,
  "turn-left": texts.turn_left,
  "turn-right": texts.turn_right,
  blink: texts.blink,
  "hold-still": texts.hold_still,
};
const SAID = {
  refused: texts.refused,
  "face-refused": texts.face_refused,
  "challenge-over": texts.challenge_over,
  unreadable: texts.unreadable,
  "device-blocked": texts.device_blocked,
  forbidden: texts.forbidden,
  "signed-out": texts.signed_out,
  busy: texts.busy,
  offline: texts.offline,
};

/** The proof that a face gave, until the password goes with it; how to stop what is going on. */
let proof = null;
let stopping = null;
let inside = null;

function complain(error) {
  if (error instanceof CameraTrouble) say("problem", texts[error.reason]);
  else if (error instanceof Refusal) say("problem", SAID[error.code] ?? texts.fault);
  else {
    say("problem", texts.fault);
    throw error;
  }
}

function prompt(act, at) {
  say("prompt", PROMPTS[act] ?? "");
  byId("arrow").dataset.act = act;
  byId("progress").value = at;
}

// --- the password ----------------------------------------------------------------------------------

async function submitPassword(event) {
  event.preventDefault();
  if (byId("with-password").hidden || byId("submit").ariaDisabled === "true") return;
  clear();
  const complete = [
    isFilled("password", texts.need_password),
    isFilled("login", texts.need_user_name),
  ];
  if (complete.includes(false)) return;
  wait(true);
  try {
    enter(await door.enterByPassword(byId("login").value.trim(), byId("password").value, device, proof));
  } catch (error) {
    refusePassword(error);
  } finally {
    wait(false);
  }
}

function refusePassword(error) {
  complain(error);
  if (proof && error.code === "refused") say("problem", texts.half_refused);
  byId("password").value = "";
  byId("password").focus();
}

function wait(waiting) {
  byId("submit").ariaDisabled = String(waiting);
  byId("submit").textContent = waiting ? texts.signing_in : texts.submit;
}

// --- the face --------------------------------------------------------------------------------------

async function startCamera() {
  clear();
  try {
    await openCamera(byId("preview"));
  } catch (error) {
    if (error instanceof Cancelled) return;
    rest();
    return troubled(error);
  }
  for (const id of ["stage", "record", "cancel"]) show(id);
  for (const id of ["doors", "form", "start", "intro"]) show(id, false);
  byId("record").textContent = texts.record;
  say("prompt", texts.camera_on);
  byId("record").focus();
  byId("stage").scrollIntoView({ block: "nearest" });
}

function troubled(error) {
  complain(error);
  if (error instanceof CameraTrouble) withoutCamera(error.reason);
}

async function recordFace() {
  clear();
  stopping = new AbortController();
  const { signal } = stopping;
  show("record", false);
  show("progress");
  byId("progress").value = 0;
  byId("cancel").focus();
  try {
    await showFace(signal);
  } catch (error) {
    // Who has cancelled need not hear of what failed by that.
    if (!signal.aborted) retry(error);
  }
}

async function showFace(signal) {
  const challenge = await door.askChallenge(device);
  signal.throwIfAborted();
  const clip = await film(byId("preview"), challenge.acts, prompt, signal);
  prompt("", 1);
  say("prompt", texts.sending);
  const answer = await door.enterByFace(clip, challenge.nonce, device, byId("login").value.trim(), signal);
  signal.throwIfAborted();
  if (answer.state === "whole") return enter(answer);
  proof = answer.proof;
  showStep("password");
  show("doors", false);
  say("notice", texts.face_done);
  byId(byId("login").value ? "password" : "login").focus();
  setTimeout(forgetProof, answer.seconds * 1_000, proof);
}

function retry(error) {
  complain(error);
  prompt("", 0);
  show("progress", false);
  show("record");
  byId("record").textContent = texts.again;
  byId("record").focus();
}

function cancel() {
  stopping?.abort();
  clear();
  rest();
  byId("start").focus();
}

function forgetProof(old) {
  if (proof !== old) return;
  proof = null;
  showStep("face");
  say("problem", texts.proof_over);
}

// --- inside ----------------------------------------------------------------------------------------

function enter(answer) {
  proof = null;
  byId("password").value = "";
  rest();
  keep({ door: facts.door, token: answer.token, key: answer.key });
  showInside(answer.token, answer.key, answer);
  byId("welcome").focus();
}

function showInside(token, key, person) {
  inside = { token, key };
  clear();
  for (const id of ["form", "with-face", "doors"]) show(id, false);
  say("step", "");
  byId("who").textContent = [person.full_name, person.name].filter(Boolean).join(" · ");
  const until = new Date(person.expires);
  byId("until").dateTime = person.expires;
  byId("until").textContent = until.toLocaleString(facts.lang, { dateStyle: "long", timeStyle: "short" });
  show("inside");
  tellOpener({ type: "watchword-key", ...key, name: person.name });
}

/** Tell the API page that opened this one. Only this origin can hear it. */
function tellOpener(message) {
  window.opener?.postMessage(message, window.location.origin);
}

async function leave() {
  clear();
  try {
    await door.leave(inside.token);
  } catch (error) {
    if (error.code !== "signed-out") return complain(error);
  }
  keep(null);
  inside = null;
  tellOpener({ type: "watchword-key-gone" });
  begin(texts.gone);
  byId("login").focus();
}

// --- beginning -------------------------------------------------------------------------------------

/** Let a password do where there is no camera, or say that nothing will. */
function withoutCamera(reason) {
  const password = facts.factors === "either";
  say("problem", "");
  say(password ? "notice" : "problem", `${texts[reason]} ${password ? texts.use_password : texts.face_needed}`);
  if (!password) return;
  document.querySelector("[name=way][value=password]").checked = true;
  showStep("password");
}

async function begin(notice = "") {
  clear();
  const wantsFace = ["face", "both"].includes(facts.factors);
  showStep(wantsFace ? "face" : "password");
  if (notice) say("notice", notice);
  if (facts.factors === "password") return;
  const trouble = facts.faces ? await findTrouble() : "faces_off";
  if (!trouble || inside) return;
  withoutCamera(trouble);
  show("ways", false);
  // Of all that may be amiss, only a camera can be plugged in yet.
  show("start", trouble === "no_camera");
}

async function resume() {
  const kept = keptHere(facts.door);
  if (!kept) return begin();
  try {
    showInside(kept.token, kept.key, await door.showSession(kept.token));
  } catch (error) {
    if (error.code === "signed-out") keep(null);
    await begin(SAID[error.code] ?? texts.fault);
  }
}

window.addEventListener("message", ({ origin, source, data }) => {
  const taken = origin === window.location.origin && source === window.opener && inside;
  if (taken && data?.type === "watchword-key-taken") say("notice", texts.handed_over);
});
window.addEventListener("pagehide", () => closeCamera(byId("preview")));
byId("form").addEventListener("submit", submitPassword);
byId("start").addEventListener("click", startCamera);
byId("record").addEventListener("click", recordFace);
byId("cancel").addEventListener("click", cancel);
byId("leave").addEventListener("click", leave);
byId("reveal").addEventListener("change", ({ target }) => {
  byId("password").type = target.checked ? "text" : "password";
});
byId("ways").addEventListener("change", ({ target }) => {
  clear();
  showStep(target.value);
});
// Not when another door is looked at: whoever uses a keyboard passes one to get to the next.
byId("switch")?.addEventListener("click", () => {
  window.location.search = new URLSearchParams({ door: byId("door").value, lang: facts.lang });
});
await resume();
document.body.dataset.ready = "true";
