package main

import (
	"errors"
	"net/url"
	"os"
	"strings"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/oauth2"
)

type client struct {
	recipe
	kept oauth2.TokenSource // x/oauth2's own cache
}

func open(s service, caFile string) (tested, error) {
	pem, err := os.ReadFile(s.PrivateKeyFile)
	if err != nil {
		return nil, err
	}
	key, err := jwt.ParseRSAPrivateKeyFromPEM(pem)
	if err != nil {
		return nil, err
	}
	https, err := trusting(caFile)
	source := recipe{s, key, https}
	return client{source, oauth2.ReuseTokenSource(nil, source)}, err
}

func (c client) fetch(scope *string) (object, error) {
	c.Scope = scope
	token, err := c.Token()
	if err != nil {
		return nil, err
	}
	return object{"access_token": token.AccessToken, "token_type": token.Type(),
		"expires_in": token.Extra("expires_in")}, nil
}

func (c client) call(method, path string, body any) (object, error) {
	token, err := c.kept.Token()
	if err != nil {
		return nil, err
	}
	return callAPI(c.http, method, c.APIBase+path, body, token.SetAuthHeader)
}

func (client) classify(err error) string {
	switch {
	case errors.Is(err, apiRefusal(403)):
		return "not_allowed"
	case errors.As(err, new(apiRefusal)), errors.As(err, new(*oauth2.RetrieveError)):
		return "provider_error"
	case errors.As(err, new(*url.Error)), strings.HasPrefix(err.Error(), "oauth2: cannot fetch"):
		return "transport"
	}
	return "malformed" // x/oauth2 has no type for it: "oauth2: cannot parse json: …"
}
