import { z } from "zod";

/** A time as Alertmanager writes it. */
export const moment = z.iso.datetime().meta({ examples: ["2026-11-30T08:00:00.000Z"] });
