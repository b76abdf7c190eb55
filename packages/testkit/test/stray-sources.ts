import { type BrokenSource, failing } from "./mistake.js";

const MALFORMED = "malformed answers";
const STRAY = "every error reaches whoever asked or told";

/** Mistakes that end the process outside of a test. */
export const STRAY_SOURCES: Readonly<Record<string, BrokenSource>> = {
  "leaves a rejection to nobody": failing(MALFORMED, STRAY, (error) => {
    if (error.message.includes("no list of members")) void Promise.reject(error);
    return error;
  }),
  "throws from a callback": failing(MALFORMED, STRAY, (error) => {
    const late = (): void => {
      throw error;
    };
    if (error.message.includes("no list of members")) setImmediate(late);
    return error;
  }),
};
