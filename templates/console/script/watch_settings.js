/*
 * What this browser watches for: { notify, sound, from: severity, every: seconds, mutedUntil, since }. Nothing until somebody
 * asks for it. Times are the relay's.
 */
const NAME = "fenghuo.watching";
const TOLD = "fenghuo.told";

/** At most this many notifications are remembered. */
const MOST = 300;

const USUAL = { notify: false, sound: false, from: "critical", every: 30, mutedUntil: 0, since: 0 };

function read(name, usual) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? usual;
  } catch {
    return usual; // not ours, or no storage
  }
}

export function watchSettings() {
  return { ...USUAL, ...read(NAME, {}) };
}

export function changeWatching(change) {
  localStorage.setItem(NAME, JSON.stringify({ ...watchSettings(), ...change }));
  document.body.dispatchEvent(new CustomEvent("fenghuo:watching"));
}

export const isMuted = ({ mutedUntil }) => mutedUntil > Date.now();

/** Those of the incidents that were not told yet; from now on they are. One whose severity rose is told again. */
export function newlyTold(incidents) {
  const told = read(TOLD, []);
  const keyOf = ({ id, severity }) => `${id} ${severity}`;
  const fresh = incidents.filter((one) => !told.includes(keyOf(one)));
  if (fresh.length > 0) {
    localStorage.setItem(TOLD, JSON.stringify([...told, ...fresh.map(keyOf)].slice(-MOST)));
  }
  return fresh;
}

// Another tab changed them.
addEventListener("storage", ({ key }) => {
  if (key === NAME) document.body.dispatchEvent(new CustomEvent("fenghuo:watching"));
});
