// node oidc-provider as it comes: opaque tokens, kept in the memory of the process.
//
// One client asks about tokens and is given them by the client credentials grant, both features of
// the library itself. Prints the port on which it listens.

import { Provider } from 'oidc-provider';

const provider = new Provider('http://127.0.0.1', {
  clients: [
    {
      client_id: 'bench',
      client_secret: process.env.BENCH_SECRET,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true },
  },
  // Ten minutes by default: less than a run takes, and to say that a token is dead is cheaper.
  ttl: { ClientCredentials: 24 * 60 * 60 },
});

const server = provider.listen(0, '127.0.0.1', () => {
  console.log(`listening on ${server.address().port}`);
});
// As long as the other peers keep a connection.
server.keepAliveTimeout = 75_000;
