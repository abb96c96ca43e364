/*
 * The sound of a severity, made of tones without a file. The worse the severity, the more tones, and the faster.
 */
import { mayLead } from "./shared.js";

/** Tones: their frequencies in hertz, their beginnings and lengths in seconds. */
const PATTERNS = {
  critical: [0, 1, 2, 3, 4, 5, 6, 7].map((index) => [index % 2 === 0 ? 988 : 740, index * 0.15, 0.11]),
  error: [0, 1, 2].map((index) => [784, index * 0.26, 0.16]),
  warning: [[587, 0, 0.18], [784, 0.24, 0.26]],
  info: [[659, 0, 0.22]],
};

const VOLUME = 0.25;

let context;

function tell() {
  mayLead(canSound());
  document.body.dispatchEvent(new CustomEvent("fenghuo:sound"));
}

/**
 * Prepares to play sounds, which a browser allows after a click or a key on the page. `fenghuo:sound` is sent when
 * that changes.
 */
export async function prepareSound() {
  if (!globalThis.AudioContext) return;
  if (!context) {
    context = new AudioContext();
    context.addEventListener("statechange", tell);
  }
  tell();
  if (!canSound()) await context.resume().catch(() => {});
}

export function canSound() {
  return context?.state === "running";
}

export function ring(severity) {
  if (!canSound()) return false;
  const start = context.currentTime + 0.02;
  for (const [frequency, at, length] of PATTERNS[severity]) {
    const tone = new OscillatorNode(context, {
      frequency,
      type: severity === "critical" ? "square" : "triangle",
    });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, start + at);
    gain.gain.linearRampToValueAtTime(VOLUME, start + at + 0.01);
    gain.gain.setValueAtTime(VOLUME, start + at + length - 0.03);
    gain.gain.linearRampToValueAtTime(0, start + at + length);
    tone.connect(gain).connect(context.destination);
    tone.start(start + at);
    tone.stop(start + at + length);
  }
  return true;
}

export function stopSound() {
  context?.close();
  context = undefined;
  mayLead(false);
}
