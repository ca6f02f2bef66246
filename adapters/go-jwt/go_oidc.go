package main

import (
	"context"
	"errors"

	"github.com/coreos/go-oidc/v3/oidc"
)

// goOIDC is coreos/go-oidc: NewRemoteKeySet and NewVerifier, as their documentation shows them.
// Its documented option Now is all of its time, since its key set looks at no clock.
var goOIDC = library{
	"coreos/go-oidc", "github.com/coreos/go-oidc/v3", "settable", openOIDC, classifyOIDC,
}

func openOIDC(ctx context.Context, r realm) (verifier, error) {
	keys := oidc.NewRemoteKeySet(ctx, r.JWKSURI)
	config := &oidc.Config{ClientID: r.Audience, SupportedSigningAlgs: r.Algorithms, Now: now}
	verify := oidc.NewVerifier(r.Issuer, keys, config)
	return func(token string) (object, error) {
		verified, err := verify.Verify(ctx, token)
		if err != nil {
			return nil, err
		}
		claims := object{}
		return claims, verified.Claims(&claims)
	}, nil
}

// go-oidc has one type of its own for a refusal, and says the rest in words.
func classifyOIDC(err error) string {
	if errors.As(err, new(*oidc.TokenExpiredError)) {
		return "expired"
	}
	if kind := said(err, "before the nbf", "not_yet_valid", "expected audience", "wrong_audience",
		"different provider", "wrong_issuer", "unexpected signature algorithm", "forbidden_algorithm",
		"crit", "wrong_kind", "malformed jwt", "malformed", "failed to unmarshal", "malformed",
		// The same words for a key that it does not have and a signature that is wrong.
		"failed to verify id token signature", "unclassified",
		"get keys failed Get", "transport", "fetching keys", "provider_error"); kind != "" {
		return kind
	}
	return "malformed"
}
