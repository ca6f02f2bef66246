// Command xoauth2_jwt_recipe: golang.org/x/oauth2 has no private_key_jwt, so golang-jwt makes the
// assertion and EndpointParams carries it. The recipe, not the library, chose the five minutes.
package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/url"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// recipe is an oauth2.TokenSource that makes a fresh assertion for each token.
type recipe struct {
	service
	key  *rsa.PrivateKey
	http *http.Client
}

func (r recipe) Token() (*oauth2.Token, error) {
	now := time.Now()
	assertion, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.RegisteredClaims{
		Issuer: r.ClientID, Subject: r.ClientID, Audience: jwt.ClaimStrings{r.Audience},
		ExpiresAt: jwt.NewNumericDate(now.Add(5 * time.Minute)),
		IssuedAt:  jwt.NewNumericDate(now), ID: rand.Text(),
	}).SignedString(r.key)
	if err != nil {
		return nil, err
	}
	config := clientcredentials.Config{
		TokenURL:  r.TokenEndpoint,
		AuthStyle: oauth2.AuthStyleInParams, // by default it tries an Authorization header first
		EndpointParams: url.Values{
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			"client_assertion":      {assertion},
		},
	}
	if r.Scope != nil {
		config.Scopes = []string{*r.Scope}
	}
	return config.Token(context.WithValue(context.Background(), oauth2.HTTPClient, r.http))
}

func main() {
	serve("x/oauth2 with golang-jwt (a recipe)", libraryVersion("golang.org/x/oauth2"), open)
}
