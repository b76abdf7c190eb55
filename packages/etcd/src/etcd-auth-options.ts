import * as z from "zod";

/**
 * Who asks: a user with a password, for whom a token is fetched (`Authenticate`) when it is first needed, or a token of one's own. A refused
 * token is renewed once, before a poll fails. Functions are asked whenever a token is needed anew, and their time counts as that of the member
 * that is asked then (`attemptTimeoutMs`); `signal` fires when nobody waits any more. One that throws or rejects is `UNAVAILABLE`, since that
 * may pass; one that returns something else is `UNAUTHENTICATED`. It is asked again by the next poll, not for the next member; and a
 * password that two members refuse is shown to no other before that. Neither a secret nor what a function throws is printed.
 */
export type EtcdAuthOptions =
  | {
      /** Required, not empty. */
      readonly username: string;
      /** Required: the password, not empty, or a function that returns the one that is valid now. */
      readonly password: string | ((context: { readonly signal: AbortSignal }) => string | Promise<string>);
    }
  | {
      /** Required: a function that returns a token that is valid now, such as a JWT: printable ASCII characters. */
      readonly token: (context: { readonly signal: AbortSignal }) => string | Promise<string>;
    };

type Secret = Extract<EtcdAuthOptions, { token: unknown }>["token"];

const USERNAME = "a user name";
const PASSWORD = "a password, or a function that returns it";

const isFunction = (given: unknown): boolean => typeof given === "function";
const isText = (given: unknown): boolean => typeof given === "string" && given !== "";

/** Checks an {@link EtcdAuthOptions}: either kind, and no mixture. */
export const authOptions: z.ZodType<EtcdAuthOptions> = z
  .strictObject({
    username: z.custom<string>(isText, USERNAME).optional(),
    password: z.custom<string | Secret>((given) => isText(given) || isFunction(given), PASSWORD).optional(),
    token: z.custom<Secret>(isFunction, "a function that returns a token").optional(),
  })
  .transform(({ username, password, token }, context): EtcdAuthOptions => {
    const mixed = username !== undefined || password !== undefined;
    if (token !== undefined && !mixed) return { token };
    if (token === undefined && username !== undefined && password !== undefined) return { username, password };
    const refuse = (name: string, message: string): void => context.addIssue({ code: "custom", path: [name], message });
    if (token !== undefined) refuse("token", "nothing, because username or password is given");
    else if (username === undefined) refuse("username", USERNAME);
    else refuse("password", PASSWORD);
    return z.NEVER;
  });
