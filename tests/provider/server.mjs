// An identity provider on loopback, with its own pages to sign in and to consent. Its configuration comes as JSON on the
// standard input: { clients, people: { login: { email, email_verified, amr } } } and it prints its issuer.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import Provider from 'oidc-provider';

const { clients, people } = JSON.parse(await text(process.stdin));
const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const key = (kid, ...kind) => ({ ...generateKeyPairSync(...kind).privateKey.export({ format: 'jwk' }), kid, use: 'sig' });
const keys = [
  key('rsa', 'rsa', { modulusLength: 2048 }),
  key('ec', 'ec', { namedCurve: 'P-256' }),
  key('ed', 'ed25519'),
];

const provider = new Provider(issuer, {
  clients,
  claims: { openid: ['sub', 'amr'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  cookies: { keys: ['only for tests, on loopback'] },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
  features: { devInteractions: { enabled: true } },
  findAccount: (context, login) =>
    people[login] && { accountId: login, claims: () => ({ sub: login, ...people[login], amr: undefined }) },
  jwks: { keys },
  pkce: { required: () => true },
  ttl: { Session: 600, Interaction: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
});

// The provider's pages ask for a password only; who has another factor is taken to have shown it.
const finished = provider.interactionFinished.bind(provider);
provider.interactionFinished = (request, answer, result, options) => {
  const amr = people[result.login?.accountId]?.amr;
  return finished(request, answer, amr ? { ...result, login: { ...result.login, amr } } : result, options);
};

server.on('request', provider.callback());
process.on('SIGTERM', () => process.exit(0));
console.log(issuer);
