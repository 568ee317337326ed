/** An operation: its method and its path as served. */
export type Operation = keyof typeof operations;

/** What a client asks for: schemes, each with the scopes that its credential has to hold. */
export type Grant = ReadonlyMap<string, ReadonlySet<string>>;

function isWithin(grant: Grant, other: Grant): boolean {
  return [...grant].every(([scheme, scopes]) => {
    const held = other.get(scheme);
    return held !== undefined && [...scopes].every((scope) => held.has(scope));
  });
}

function together(one: Grant, other: Grant): Grant {
  const both = new Map<string, ReadonlySet<string>>(one);
  for (const [scheme, scopes] of other) both.set(scheme, new Set([...(both.get(scheme) ?? []), ...scopes]));
  return both;
}

function size(grant: Grant): number {
  return [...grant.values()].reduce((sum, scopes) => sum + scopes.size + 1, 0);
}

function smallest(grants: readonly Grant[]): Grant[] {
  const kept: Grant[] = [];
  for (const grant of [...grants].sort((one, other) => size(one) - size(other))) {
    if (!kept.some((smaller) => isWithin(smaller, grant))) kept.push(grant);
  }
  return kept;
}

/** The smallest grants that one operation accepts; none where nobody may call it. */
export function grantsOf(operation: Operation): Grant[] {
  const grants: readonly (readonly (readonly [string, readonly string[]])[])[] = operations[operation].grants;
  return grants.map((grant) => new Map(grant.map(([scheme, scopes]) => [scheme, new Set(scopes)])));
}

/**
 * The smallest grants that are enough for all of these operations, the smallest first. Each of them is enough, and nothing of it can be left
 * out. There is none where nobody may call one of the operations.
 */
export function scopesFor(...called: readonly Operation[]): Grant[] {
  let found: Grant[] = [new Map()];
  for (const operation of called) {
    const grants = grantsOf(operation);
    found = smallest(
      found.flatMap((one) =>
        grants.some((grant) => isWithin(grant, one)) ? [one] : grants.map((grant) => together(one, grant)),
      ),
    );
  }
  return found;
}
