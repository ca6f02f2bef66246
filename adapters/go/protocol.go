package main

import (
	"runtime/debug"
	"strings"
)

type object = map[string]any

type service struct {
	TokenEndpoint  string `json:"token_endpoint"`
	Audience       string
	APIBase        string  `json:"api_base"`
	ClientID       string  `json:"client_id"`
	PrivateKeyFile string  `json:"private_key_file"`
	Scope          *string // null: leave the parameter out
}

type message struct {
	Seq            int
	Cmd, Op        string
	Protocols      []int
	CAFile         string `json:"ca_file"`
	SocialSecurity service
	Args           struct {
		Scope        *string
		Method, Path string
		Body         any
	}
}

// A tested client returns the value of an accepted operation, or an error.
type tested interface {
	fetch(scope *string) (object, error)
	call(method, path string, body any) (object, error)
	classify(err error) string // the outcome class, "" for a crash
}

// libraryVersion is the one this binary was really built with.
func libraryVersion(path string) string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == path {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return "unknown"
}
