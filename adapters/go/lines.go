package main

import (
	"encoding/json"
	"os"
	"slices"
)

// serve speaks the adapter protocol, version 1, until bye, with a client made by open for each
// scenario. Copy it, protocol.go and https.go next to your adapter.
func serve(name, version string, open func(service, string) (tested, error)) {
	var client tested
	input, output := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for m := (message{}); m.Cmd != "bye"; {
		m = message{}
		if input.Decode(&m) != nil {
			return
		}
		var value object
		var err error
		answer := object{"seq": m.Seq}
		switch {
		case m.Cmd == "hello":
			answer["implementation"] = object{"name": name, "version": version, "language": "Go"}
			answer["capabilities"], answer["clock"] = []string{"token", "api"}, "system"
			if answer["protocol"] = nil; slices.Contains(m.Protocols, 1) {
				answer["protocol"] = 1
			}
		case m.Cmd == "scenario":
			client, err = open(m.SocialSecurity, m.CAFile)
		case m.Op == "token.fetch":
			value, err = client.fetch(m.Args.Scope)
		case m.Op == "api.call":
			value, err = client.call(m.Args.Method, m.Args.Path, m.Args.Body)
		case m.Cmd == "call":
			answer["outcome"], answer["reason"] = "unsupported", "no "+m.Op+" here"
		}
		if value != nil {
			answer["outcome"], answer["value"] = "accepted", value
		}
		if err != nil {
			answer["outcome"], answer["detail"] = "crashed", err.Error()
			if m.Cmd == "call" && client.classify(err) != "" {
				answer["outcome"], answer["class"] = "rejected", client.classify(err)
			}
		}
		_ = output.Encode(answer)
	}
}
