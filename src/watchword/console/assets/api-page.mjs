/**
 * Signing in from an API page: the sign-in page is opened in a window of its own, and says here what key
 * it got. Only that very window, and only of this origin, is listened to. The key stays in the viewer.
 */

const link = document.querySelector("[data-sign-in]");
const viewer = document.querySelector("rapi-doc");
const label = link?.textContent;
let page = null;

link?.addEventListener("click", (event) => {
  page = window.open(link.href, "watchword-sign-in", "popup,width=540,height=820");
  // A browser that opens no windows follows the link.
  if (page) event.preventDefault();
});

window.addEventListener("message", ({ origin, source, data }) => {
  if (origin !== window.location.origin || source === null || source !== page) return;
  if (data?.type === "watchword-key") {
    viewer.setApiKey(data.scheme, data.value);
    link.textContent = data.name;
    // Told so that it need not say what is not so.
    source.postMessage({ type: "watchword-key-taken" }, origin);
  } else if (data?.type === "watchword-key-gone") {
    viewer.removeAllSecurityKeys();
    link.textContent = label;
  }
});
