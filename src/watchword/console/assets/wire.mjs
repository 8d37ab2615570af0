/** Speaking with the server: JSON there and back, and a code for everything that it refuses. */

/** A refusal. `code` is the server's word for it, or "offline" where nobody answered. */
export class Refusal extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** Make calls at one door. */
export class Door {
  #path;

  constructor(name) {
    this.#path = `/console/doors/${encodeURIComponent(name)}`;
  }

  enterByPassword(login, password, device, proof) {
    return this.#call("POST", "password", json({ login, password, device, ...(proof && { proof }) }));
  }

  askChallenge(device) {
    return this.#call("POST", "challenge", json({ device }));
  }

  enterByFace(video, challenge, device, login, signal) {
    const body = new FormData();
    body.set("video", video, "clip");
    body.set("challenge", challenge);
    body.set("device", device);
    if (login) body.set("login", login);
    return this.#call("POST", "face", { body, signal });
  }

  showSession(token) {
    return this.#call("GET", "session", { headers: { authorization: `Bearer ${token}` } });
  }

  leave(token) {
    return this.#call("DELETE", "session", { headers: { authorization: `Bearer ${token}` } });
  }

  async #call(method, what, options) {
    const answer = await this.#fetch(method, what, options);
    const said = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refusal(said.code ?? "fault");
    return said;
  }

  #fetch(method, what, options) {
    const how = { method, cache: "no-store", credentials: "omit", redirect: "error", ...options };
    return fetch(`${this.#path}/${what}`, how).catch(() => {
      throw new Refusal("offline");
    });
  }
}

// Called what it is: only then can no page of another site send it unasked.
function json(said) {
  return { body: JSON.stringify(said), headers: { "content-type": "application/json" } };
}
