/** Prints lines of figures on standard output, under the name of what they were measured on. */
export function printer(on: string): (line: string) => void {
  return (line) => void process.stdout.write(`    [${on}] ${line}\n`);
}
