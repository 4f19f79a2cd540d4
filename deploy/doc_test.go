// Package deploy_test proves that everything in deploy/ and docker-compose.yml exists: commands, settings, ports, files and
// health checks. It needs no container engine. It also runs `local up`.
package deploy_test

import (
	"os"
	"testing"

	"ninjaone-accelo/internal/local/localtest"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }
