"""Sites in JavaScript: on Node, with Express, with Next.js, and as a page in the browser."""

from oauth2system.i18n import N_
from oauth2system.ui.docs.guides import AUTHORIZATION_CODE, PUBLIC_APPS
from oauth2system.ui.docs.quick_starts.start import Part, Proof, QuickStart, SiteKind, program

_EXPRESS = """import crypto from "node:crypto";
import express from "express";
import session from "express-session";
import * as client from "openid-client";

const site = "http://localhost:5000";
const login = await client.discovery(
  new URL("https://id.example.org"),
  "CLIENT_ID",
  undefined,
  client.ClientSecretBasic(process.env.CLIENT_SECRET),
  // Only for a server that you try on http://localhost.
  { execute: process.env.TRYING ? [client.allowInsecureRequests] : [] },
);

const app = express();
app.use(session({
  secret: process.env.SITE_KEY ?? crypto.randomBytes(32).toString("hex"),
  resave: false,
  saveUninitialized: false,
  cookie: { httpOnly: true, sameSite: "lax" },
}));

app.get("/", (request, response) => {
  if (request.session.name) return response.type("text/plain").send(`Hello ${request.session.name}`);
  response.send('<a href="/sign-in">Sign in</a>');
});

app.get("/sign-in", async (request, response) => {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  request.session.begun = { pkceCodeVerifier, expectedState };
  response.redirect(client.buildAuthorizationUrl(login, {
    redirect_uri: `${site}/callback`,
    scope: "openid profile email",
    state: expectedState,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  }).href);
});

app.get("/callback", async (request, response) => {
  const begun = request.session.begun;
  delete request.session.begun;
  if (!begun) return response.status(400).send("Start again at /sign-in.");
  try {
    const tokens = await client.authorizationCodeGrant(login, new URL(request.url, site), {
      ...begun,
      idTokenExpected: true,
    });
    const user = await client.fetchUserInfo(login, tokens.access_token, tokens.claims().sub);
    request.session.userId = user.sub;
    request.session.name = user.name;
    response.redirect("/");
  } catch (error) {
    response.status(400).type("text/plain").send(`Sign-in did not work: ${error.error_description ?? error.message}`);
  }
});

app.listen(5000);"""

_AUTH = """import NextAuth from "next-auth";

export const { handlers, auth, signIn, signOut } = NextAuth({
  providers: [{
    id: "oauth2system",
    name: "Oauth2System",
    type: "oidc",
    issuer: "https://id.example.org",
    clientId: "CLIENT_ID",
    clientSecret: process.env.CLIENT_SECRET,
    authorization: { params: { scope: "openid profile email" } },
    checks: ["pkce", "state", "nonce"],
    idToken: false, // ask the userinfo endpoint for name and email
    profile: (user) => ({ id: user.sub, name: user.name, email: user.email, image: user.picture }),
  }],
});"""

_ROUTE = """import { handlers } from "@/auth";

export const { GET, POST } = handlers;"""

_BUTTON = """import { auth, signIn } from "@/auth";

export default async function Page() {
  const session = await auth();
  if (session) return <p>Hello {session.user.name}</p>;
  async function begin() {
    "use server";
    await signIn("oauth2system");
  }
  return <form action={begin}><button>Sign in</button></form>;
}"""

NODE = QuickStart(
    "node",
    "Node",
    SiteKind.CODE,
    Proof.RUN,
    (program(AUTHORIZATION_CODE, "site.mjs", "javascript"),),
    run="CLIENT_SECRET=… node site.mjs",
)
EXPRESS = QuickStart(
    "express",
    "Express",
    SiteKind.CODE,
    Proof.RUN,
    (Part("site_express.mjs", _EXPRESS),),
    install="npm install express express-session openid-client",
    run="CLIENT_SECRET=… node site_express.mjs",
)
NEXT = QuickStart(
    "next",
    "Next.js, Auth.js",
    SiteKind.CODE,
    Proof.READ,
    (
        Part("auth.js", _AUTH),
        Part("app/api/auth/[...nextauth]/route.js", _ROUTE),
        Part("app/page.jsx", _BUTTON),
    ),
    returns=("/api/auth/callback/oauth2system",),
    install="npm install next-auth@beta && npx auth secret",
    run="CLIENT_SECRET=… AUTH_TRUST_HOST=true npx next dev --port 5000",
)
PAGE = QuickStart(
    "page",
    N_("A page in the browser"),
    SiteKind.CODE,
    Proof.RUN,
    (program(PUBLIC_APPS, "index.html"),),
    returns=("/",),
    run="python -m http.server 5000",
    is_public=True,
)
