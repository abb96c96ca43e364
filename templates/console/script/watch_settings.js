/*
 * The settings of watching in this browser: { notify, sound, from: severity, every: seconds, mutedUntil, since }.
 * Watching is off until the user turns it on. `since` is a time of the relay's clock, `mutedUntil` of the browser's.
 */
const NAME = "fenghuo.watching";
const TOLD = "fenghuo.told";

/** The most notifications that are remembered. */
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

export const isMuted = ({ mutedUntil }) => mutedUntil > Date.now();

let unmute;

/** Tells this tab that the settings changed, and once more when a mute ends. */
function tell() {
  clearTimeout(unmute);
  const settings = watchSettings();
  if (isMuted(settings)) unmute = setTimeout(tell, settings.mutedUntil - Date.now());
  document.body.dispatchEvent(new CustomEvent("fenghuo:watching"));
}

export function changeWatching(change) {
  localStorage.setItem(NAME, JSON.stringify({ ...watchSettings(), ...change }));
  tell();
}

/**
 * Returns the incidents that are new to this browser, which remembers them. An incident whose severity rose is new
 * again.
 */
export function rememberNew(incidents) {
  const told = read(TOLD, []);
  const keyOf = ({ id, severity }) => `${id} ${severity}`;
  const fresh = incidents.filter((one) => !told.includes(keyOf(one)));
  if (fresh.length > 0) {
    localStorage.setItem(TOLD, JSON.stringify([...told, ...fresh.map(keyOf)].slice(-MOST)));
  }
  return fresh;
}

// Another tab changed the settings.
addEventListener("storage", ({ key }) => {
  if (key === NAME) tell();
});

tell();
