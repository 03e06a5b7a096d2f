"""Programs in other languages, and those that need no server: curl, Go, PHP, Java, a desktop program."""

from oauth2system.i18n import N_
from oauth2system.ui.docs.guides import AUTHORIZATION_CODE, PUBLIC_APPS
from oauth2system.ui.docs.quick_starts.start import PORT, Part, Proof, QuickStart, SiteKind, program

_GO = """package main

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
)

const (
	server   = "https://id.example.org"
	site     = "http://localhost:5000"
	clientID = "CLIENT_ID"
)

func random() string {
	bytes := make([]byte, 32)
	rand.Read(bytes)
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func keep(w http.ResponseWriter, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/callback", MaxAge: seconds, HttpOnly: true,
		Secure: strings.HasPrefix(site, "https:"), SameSite: http.SameSiteLaxMode,
	})
}

func signIn(w http.ResponseWriter, r *http.Request) {
	state, verifier := random(), random()
	keep(w, "state", state, 600)
	keep(w, "verifier", verifier, 600)
	challenge := sha256.Sum256([]byte(verifier))
	query := url.Values{
		"response_type":         {"code"},
		"client_id":             {clientID},
		"redirect_uri":          {site + "/callback"},
		"scope":                 {"openid profile email"},
		"state":                 {state},
		"code_challenge":        {base64.RawURLEncoding.EncodeToString(challenge[:])},
		"code_challenge_method": {"S256"},
	}
	http.Redirect(w, r, server+"/oauth2/authorize?"+query.Encode(), http.StatusFound)
}

// fetch sends a request as this app, and reads the JSON of the answer.
func fetch(request *http.Request, into any) error {
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		var problem struct {
			Description string `json:"error_description"`
		}
		json.NewDecoder(answer.Body).Decode(&problem)
		return fmt.Errorf("%s: %s", answer.Status, problem.Description)
	}
	return json.NewDecoder(answer.Body).Decode(into)
}

func callback(w http.ResponseWriter, r *http.Request) {
	state, _ := r.Cookie("state")
	verifier, _ := r.Cookie("verifier")
	keep(w, "state", "", -1)
	keep(w, "verifier", "", -1)
	came := r.URL.Query()
	if state == nil || verifier == nil ||
		subtle.ConstantTimeCompare([]byte(state.Value), []byte(came.Get("state"))) != 1 {
		http.Error(w, "Start again at /sign-in.", http.StatusBadRequest)
		return
	}
	if came.Has("error") {
		http.Error(w, "You did not agree.", http.StatusForbidden)
		return
	}
	form := url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {came.Get("code")},
		"redirect_uri":  {site + "/callback"},
		"code_verifier": {verifier.Value},
	}
	exchange, _ := http.NewRequest("POST", server+"/oauth2/token", strings.NewReader(form.Encode()))
	exchange.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	exchange.SetBasicAuth(clientID, os.Getenv("CLIENT_SECRET"))
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	if err := fetch(exchange, &tokens); err != nil {
		http.Error(w, "Sign-in did not work: "+err.Error(), http.StatusBadRequest)
		return
	}
	who, _ := http.NewRequest("GET", server+"/oauth2/userinfo", nil)
	who.Header.Set("Authorization", "Bearer "+tokens.AccessToken)
	var user struct{ Sub, Name string }
	if err := fetch(who, &user); err != nil {
		http.Error(w, "Sign-in did not work: "+err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(w, "Hello ", user.Name) // know people by user.Sub
}

func main() {
	http.HandleFunc("/sign-in", signIn)
	http.HandleFunc("/callback", callback)
	log.Fatal(http.ListenAndServe(":5000", nil))
}"""

_PHP = """<?php
session_start();
const SERVER = 'https://id.example.org';
const SITE = 'http://localhost:5000';
const ID = 'CLIENT_ID';

function fetch(string $path, array $headers, ?array $form = null): array {
    $answer = file_get_contents(SERVER . $path, false, stream_context_create(['http' => [
        'method' => $form === null ? 'GET' : 'POST',
        'ignore_errors' => true,
        'header' => [...$headers, 'Content-Type: application/x-www-form-urlencoded'],
        'content' => http_build_query($form ?? []),
    ]]));
    $found = json_decode($answer ?: '{}', true);
    if (!isset($found['access_token']) && !isset($found['sub'])) {
        http_response_code(400);
        exit('Sign-in did not work: ' . htmlspecialchars($found['error_description'] ?? 'no answer'));
    }
    return $found;
}

function base64url(string $bytes): string {
    return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
}

if (!isset($_GET['state'])) {
    $_SESSION['state'] = base64url(random_bytes(32));
    $_SESSION['verifier'] = base64url(random_bytes(32));
    header('Location: ' . SERVER . '/oauth2/authorize?' . http_build_query([
        'response_type' => 'code',
        'client_id' => ID,
        'redirect_uri' => SITE . '/callback.php',
        'scope' => 'openid profile email',
        'state' => $_SESSION['state'],
        'code_challenge' => base64url(hash('sha256', $_SESSION['verifier'], true)),
        'code_challenge_method' => 'S256',
    ]));
    exit;
}
[$state, $verifier] = [$_SESSION['state'] ?? '', $_SESSION['verifier'] ?? ''];
unset($_SESSION['state'], $_SESSION['verifier']);
if ($state === '' || !hash_equals($state, $_GET['state'])) {
    http_response_code(400);
    exit('Please start again.');
}
if (isset($_GET['error'])) {
    exit('You did not agree.');
}
$tokens = fetch('/oauth2/token', ['Authorization: Basic ' . base64_encode(ID . ':' . getenv('CLIENT_SECRET'))], [
    'grant_type' => 'authorization_code',
    'code' => $_GET['code'],
    'redirect_uri' => SITE . '/callback.php',
    'code_verifier' => $verifier,
]);
$user = fetch('/oauth2/userinfo', ['Authorization: Bearer ' . $tokens['access_token']]);
session_regenerate_id(true);
$_SESSION['user_id'] = $user['sub'];
echo 'Hello ' . htmlspecialchars($user['name']);"""

# Without a line of Java, Spring Security asks for this sign-in before every page.
_SPRING = """server:
  port: 5000
spring:
  security:
    oauth2:
      client:
        registration:
          oauth2system:
            client-id: "CLIENT_ID"
            client-secret: ${CLIENT_SECRET}
            scope: openid, profile, email
            redirect-uri: "{baseUrl}/login/oauth2/code/{registrationId}"
            client-settings:
              require-proof-key: true
        provider:
          oauth2system:
            issuer-uri: https://id.example.org
            user-name-attribute: sub"""

_GRADLE = """implementation("org.springframework.boot:spring-boot-starter-web")
implementation("org.springframework.boot:spring-boot-starter-oauth2-client")"""

CURL = QuickStart(
    "curl",
    "curl",
    SiteKind.CODE,
    Proof.RUN,
    (program(AUTHORIZATION_CODE, "sign-in.sh", "shell"),),
    run="CLIENT_SECRET=… sh sign-in.sh",
)
GO = QuickStart(
    "go", "Go", SiteKind.CODE, Proof.RUN, (Part("main.go", _GO),), run="CLIENT_SECRET=… go run main.go"
)  # fmt: skip
PHP = QuickStart(
    "php",
    "PHP",
    SiteKind.CODE,
    Proof.RUN,
    (Part("callback.php", _PHP),),
    returns=("/callback.php",),
    run=f"CLIENT_SECRET=… php -S localhost:{PORT}",
)
SPRING = QuickStart(
    "spring",
    "Java, Spring Boot",
    SiteKind.CODE,
    Proof.READ,
    (Part("build.gradle.kts", _GRADLE), Part("application.yml", _SPRING)),
    returns=("/login/oauth2/code/oauth2system",),
    run="CLIENT_SECRET=… ./gradlew bootRun",
)
DESKTOP = QuickStart(
    "desktop",
    N_("A desktop or command-line program"),
    SiteKind.CODE,
    Proof.RUN,
    (program(PUBLIC_APPS, "desktop.py", "python"),),
    returns=("http://127.0.0.1/callback",),
    install="pip install httpx",
    run="python desktop.py",
    is_public=True,
)
