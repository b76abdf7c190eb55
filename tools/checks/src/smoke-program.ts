/** The seed that README's program names; where a user's etcd usually listens. */
export const README_SEED = "http://127.0.0.1:2379";

/**
 * README's first program, pointed at another etcd: the `js` block right below the comment `<!-- smoke -->`, in which
 * {@link README_SEED} stands for the cluster.
 *
 * @throws Error if there is no such block, or if it does not name the seed
 */
export function smokeProgram(readme: string, url: string): string {
  const program = /<!-- smoke -->\s*```js\n(.*?)```/s.exec(readme)?.[1];
  if (program === undefined) throw new Error("README.md has no ```js block below <!-- smoke -->");
  if (!program.includes(README_SEED)) throw new Error(`README's program does not name ${README_SEED}`);
  return program.replaceAll(README_SEED, url);
}
