// An issuer of tokens on this machine: oidc-provider, by HTTPS. It prints its port, and makes new keys for each line that it
// reads. Its own lines begin with `issuer: `, since oidc-provider prints notices too.
import { createServer } from "node:https";
import { createInterface } from "node:readline";
import { exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";

const server = createServer({ cert: process.env.CERTIFICATE, key: process.env.KEY });
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const { port } = server.address();

const SCOPES = "files:read files:write";
const format = (resource) => (resource === "https://opaque.example" ? "opaque" : "jwt");

async function provider() {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return new Provider(`https://localhost:${port}`, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid: `key-${Date.now()}` }] },
    cookies: { keys: ["tests"] },
    scopes: SCOPES.split(" "),
    clients: [
      { client_id: "app", client_secret: "a secret/of: the app", grant_types: ["client_credentials"], redirect_uris: [], response_types: [] },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => ({
          scope: SCOPES,
          audience: resource,
          accessTokenFormat: format(resource),
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  });
}

let answer = (await provider()).callback();
server.on("request", (request, response) => answer(request, response));
createInterface({ input: process.stdin })
  .on("line", async () => {
    answer = (await provider()).callback();
    console.log("issuer: new keys");
  })
  .on("close", () => process.exit());
console.log(`issuer: ${port}`);
