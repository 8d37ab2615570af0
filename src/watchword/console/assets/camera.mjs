/** The camera: whether there is one, what it sees, and a clip of somebody who does what they are told. */

// In the order in which servers like them best. What a browser cannot write it says so.
const KINDS = ["video/mp4", "video/webm;codecs=vp8", "video/webm;codecs=vp9", "video/webm"];
const WANTED = {
  audio: false,
  video: {
    facingMode: "user",
    width: { ideal: 640 },
    height: { ideal: 480 },
    frameRate: { ideal: 24, max: 29 },
  },
};
const BITS_PER_SECOND = 2_000_000;

// Milliseconds. People need a moment to understand a prompt, and another one to follow it. After each act
// they look ahead again: only so can the next one be told from it.
const BEFORE = 1_000;
const EACH_ACT = 2_000;
const AFTER = 1_000;

/** Something is wrong with the camera. `reason` is the name of a sentence. */
export class CameraTrouble extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** Nobody wants the recording any more. */
export class Cancelled extends Error {}

/** Return the name of the sentence that says why there is no camera, or "" if there seems to be one. */
export async function findTrouble() {
  if (!window.isSecureContext) return "insecure";
  if (!navigator.mediaDevices?.getUserMedia) return "no_camera";
  if (!kindOfClip()) return "no_recorder";
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => null);
  return devices && !devices.some((device) => device.kind === "videoinput") ? "no_camera" : "";
}

/** Who asked for the camera last. Browsers may take minutes to allow it, and nobody may want it by then. */
let latest = null;

/** Turn the camera on and show what it sees. Throws CameraTrouble, or Cancelled if it came too late. */
export async function openCamera(preview) {
  const own = (latest = {});
  try {
    const stream = await navigator.mediaDevices.getUserMedia(WANTED);
    if (latest === own) {
      preview.srcObject = stream;
      await preview.play();
    } else stop(stream);
  } catch (error) {
    if (latest === own) throw new CameraTrouble(reasonOf(error));
  }
  if (latest !== own) throw new Cancelled();
}

/** Turn the camera off; its light goes out. */
export function closeCamera(preview) {
  latest = null;
  stop(preview.srcObject);
  preview.srcObject = null;
}

function stop(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/**
 * Film somebody who is told one thing after another. `tell` is called with each of the prompts and
 * with how far along it is, from 0 to 1. Throws CameraTrouble, or Cancelled when `signal` says so.
 */
export async function film(preview, acts, tell, signal) {
  const pieces = [];
  const recorder = startRecorder(preview.srcObject, pieces);
  const stopped = new Promise((done) => {
    recorder.addEventListener("stop", done, { once: true });
  });
  try {
    for (const [prompt, milliseconds, at] of plan(acts)) {
      tell(prompt, at);
      await pause(milliseconds, signal);
    }
  } finally {
    if (recorder.state !== "inactive") recorder.stop();
    await stopped;
  }
  return new Blob(pieces, { type: recorder.mimeType.split(";")[0] });
}

/** Return prompts, how long each is shown, and how much of the whole is over by then. */
function plan(acts) {
  const steps = [["look-ahead", BEFORE]];
  for (const act of acts) steps.push([act, EACH_ACT], ["hold-still", AFTER]);
  const whole = steps.reduce((sum, [, milliseconds]) => sum + milliseconds, 0);
  let gone = 0;
  return steps.map(([prompt, milliseconds]) => {
    gone += milliseconds;
    return [prompt, milliseconds, gone / whole];
  });
}

function startRecorder(stream, pieces) {
  try {
    const options = { mimeType: kindOfClip(), videoBitsPerSecond: BITS_PER_SECOND };
    const recorder = new MediaRecorder(stream, options);
    recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    recorder.start();
    return recorder;
  } catch {
    throw new CameraTrouble("camera_busy");
  }
}

function pause(milliseconds, signal) {
  return new Promise((done, fail) => {
    if (signal.aborted) return fail(new Cancelled());
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      fail(new Cancelled());
    }, { once: true });
  });
}

function kindOfClip() {
  const can = window.MediaRecorder?.isTypeSupported ?? (() => false);
  return KINDS.find((kind) => can.call(window.MediaRecorder, kind)) ?? "";
}

function reasonOf(error) {
  if (["NotAllowedError", "SecurityError"].includes(error.name)) return "denied";
  if (["NotFoundError", "OverconstrainedError"].includes(error.name)) return "no_camera";
  return "camera_busy";
}
