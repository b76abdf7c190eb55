/** Ends this process with code 1 after so many milliseconds, having printed what there is by then. Does not keep it alive. */
export function giveUpAfter(ms: number, name: string, print: () => void): void {
  setTimeout(() => {
    print();
    process.stderr.write(`${name}: out of time\n`);
    process.exit(1);
  }, ms).unref();
}
