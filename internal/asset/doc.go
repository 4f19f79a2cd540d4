// Package asset keeps the Accelo asset of a NinjaOne device: it creates the asset, writes the title and the custom fields, moves
// it to the company of its device, and gives it to a device that replaces another one. It also reads NinjaOne's devices.
//
// A field that someone changed in Accelo is left alone and noted on the asset. An asset that was deleted in Accelo is never
// recreated here. The package may not import Temporal, activities, or the packages of requests and imports.
package asset
