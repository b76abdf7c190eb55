import { clearScreenDown, cursorTo, moveCursor } from "node:readline";
import type { WriteStream } from "node:tty";
import { styleText } from "node:util";
import { frameLines, seconds } from "./frame.js";
import type { Scene } from "./scene.js";

/** How the story is shown. */
export interface View extends Disposable {
  /** What the story does now. */
  step(text: string): void;
  /** Something changed. */
  change(text: string): void;
}

/** What the live view needs of a terminal. */
export type Screen = NodeJS.WritableStream & Pick<WriteStream, "rows" | "hasColors">;

const FRAME_MS = 200;
// Some terminals do not know their height.
const DEFAULT_ROWS = 24;
// Line by line, because some terminals keep a copy of every screen that is cleared as a whole.
const CLEAR_LINE = "\x1b[K";
// Without the cursor; and a line that is too long must not wrap, or the next frame would begin too low.
const PREPARE = "\x1b[?25l\x1b[?7l";
const RESTORE = "\x1b[?25h\x1b[?7h";

/** Draws over itself five times a second. The last frame stays; disposing it gives the cursor back. */
export function liveView(scene: () => Scene, screen: Screen): View {
  const changes: string[] = [];
  let step = "";
  let height = 0;
  let open = true;
  const draw = (): void => {
    const lines = frameLines({ scene: scene(), step, changes }, (screen.rows || DEFAULT_ROWS) - 1);
    moveCursor(screen, 0, -height);
    cursorTo(screen, 0);
    screen.write(lines.map((line, at) => `${CLEAR_LINE}${screen.hasColors() ? coloured(line, at) : line}\n`).join(""));
    clearScreenDown(screen);
    height = lines.length;
  };
  screen.write(PREPARE);
  const timer = setInterval(draw, FRAME_MS);
  return {
    step: (text) => {
      step = text;
    },
    change: (text) => {
      changes.push(`${seconds(scene().elapsedMs)}  ${text}`);
    },
    [Symbol.dispose]: () => {
      if (!open) return;
      open = false;
      clearInterval(timer);
      draw();
      screen.write(RESTORE);
    },
  };
}

function coloured(line: string, at: number): string {
  if (at === 0) return styleText("bold", line);
  if (/^ *[\d.]+ s {2}\+/.test(line)) return styleText("green", line);
  return /^ *[\d.]+ s {2}-| dead /.test(line) ? styleText("red", line) : line;
}
