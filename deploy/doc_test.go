// Package deploy_test proves that what deploy/ and docker-compose.yml name exists: commands, settings, ports, files and
// health checks. It needs no container engine.
package deploy_test

import (
	"os"
	"testing"

	"ninjaone-accelo/internal/local/localtest"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }
