package rules

import "strconv"

// AssetMatchKey is equal for devices whose assets can't be told apart: same company, same title.
func AssetMatchKey(companyID int64, title string) string {
	return strconv.FormatInt(companyID, 10) + "/" + NameKey(title)
}
