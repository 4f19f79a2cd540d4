package operate

import "ninjaone-accelo/internal/corrections"

// Correction is what Relink, Unlink and Recreate did, so that a surface needs no other package for it.
type Correction = corrections.Result
