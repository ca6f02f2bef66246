package main

import (
	"context"
	"errors"
	"sync"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

const keyfuncPath = "github.com/MicahParks/keyfunc/v3"

// readme is keyfunc with golang-jwt as its README has it: NewDefaultCtx, and jwt.Parse without
// options. Its refreshes and its limit for unknown kids follow the system's clock.
var readme = library{"MicahParks/keyfunc", keyfuncPath, "system",
	func(ctx context.Context, r realm) (verifier, error) { return parsing(ctx, r) }, keyfuncClass}

// options is the same with the options of golang-jwt for what a token has to say.
var options = library{"MicahParks/keyfunc (options)", keyfuncPath, "system",
	func(ctx context.Context, r realm) (verifier, error) {
		return parsing(ctx, r, jwt.WithIssuer(r.Issuer), jwt.WithAudience(r.Audience),
			jwt.WithValidMethods(algorithms(r)), jwt.WithExpirationRequired())
	}, keyfuncClass}

func parsing(ctx context.Context, r realm, options ...jwt.ParserOption) (verifier, error) {
	// It fetches when it is made, which the first token brings about.
	keys := sync.OnceValues(func() (keyfunc.Keyfunc, error) {
		return keyfunc.NewDefaultCtx(ctx, []string{r.JWKSURI})
	})
	return func(token string) (object, error) {
		made, err := keys()
		if err != nil {
			return nil, err
		}
		claims := jwt.MapClaims{}
		_, err = jwt.ParseWithClaims(token, claims, made.Keyfunc, options...)
		return claims, err
	}, nil
}

func keyfuncClass(err error) string {
	switch {
	case errors.Is(err, jwkset.ErrKeyNotFound):
		return "unknown_key"
	case errors.Is(err, jwt.ErrTokenMalformed), errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return "malformed"
	case errors.Is(err, jwt.ErrTokenExpired):
		return "expired"
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return "not_yet_valid"
	}
	return said(err, "invalid audience", "wrong_audience", "invalid issuer", "wrong_issuer",
		"signing method", "forbidden_algorithm", "alg", "forbidden_algorithm",
		"verification error", "invalid_signature", "signature is invalid", "invalid_signature",
		"token has invalid claims", "malformed", "keyfunc", "unknown_key", "token", "malformed")
}
