package rules_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ninjaone-accelo/internal/rules"
)

// placeholders are what firmware, hypervisors and virtual machines report in place of a serial number.
func placeholders() []string {
	return []string{
		"", " ", "0", "1", "2", "None", "NONE", "(none)", "N/A", "n.a.", "NA", "null", "(null)", "(null string)", "nil", "abc",
		"To be filled by O.E.M.", "To be filled by O.E.M", "to be filled by oem", "TO BE FILLED BY  O.E.M. ", "ToBeFilledByOEM",
		"To Be Filled By O.E.", "To Be Filled", "Filled By OEM", "Fill By OEM", "To be filled by O.E.M. by More String", "O.E.M.", "OEM",
		"OEM_Serial", "Default string", "Default_String", "DEFAULT STRING 1", "Default", "Defaul",
		"System Serial Number", "SystemSerialNumb", "System Serial Numb", "System Serial Number 1", "SystemSerialNumber", "Serial Number",
		"SerialNumber", "Serial", "Serial#", "Serial Number xxxxxx", "Chassis Serial Number", "Base Board Serial Number",
		"BaseBoard Serial Number", "Board Serial Number", "Product Serial Number", "Type2 - Board Serial Number", "Notebook SN", "Test Serial",
		"Not Specified", "NotSpecified", "Not Present", "Not Applicable", "Not Available", "Not Defined", "Not Provided", "Not Settable", "Not",
		"Not Supported", "Not Set", "No Serial", "No Serial Number", "No Asset Tag", "NoAssetTag", "No Enclosure", "No Asset Information",
		"Undefined", "Unknown", "Unknow", "Unspecified", "Uninitialized", "Unassigned", "INVALID", "Invalid entry", "Empty", "Blank", "Standard",
		"Bad Index", "<BAD INDEX>", "<OUT OF SPEC>", "Error", "TBD", "To be determined", "Dummy", "Test", "EVAL", "IATPASS", "Tulip Computers",
		"00000000", "0000-0000", "0000", "000000000000", "1111111", "88888888", "FFFFFFFF", "xxxx", "XXXXXXXXXXX", "NNNNNNN", "........", "---",
		"*****", "AAAAAAAA", "0x00000000", "00:00:00:00", "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
		"1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890", "0123456789", "123456789000", "12345678901234567",
		"9876543210", "987654321", "0123456789ABCDEF", "1234567890ABCDEF", "ABCDEFGH", "abc123", "ABCD1234", "A1B2C3D4", "12341234", "1212121212",
		"qwerty", "MB-1234567890", "SYS-1234567890", "SYS-9876543210", "SN-12345", "SN123456789", "SN-1234567890", "BSN12345678901234567",
		"BSS-0123456789", "NB-1234567890", "Chassis-1234567890", "Asset-1234567890", "SN-123456fvgv3i0b8o5n6n7k", "SN00000000",
		"03000200-0400-0500-0006-000700080009", "12345678-1234-5678-90AB-CDDEEFAABBCC", strings.Repeat("5CG1234XYZ", 20), "01010101-0101-0101-0101-010101010101",
	}
}

// machines are serial numbers that identify one, with their keys.
func machines() map[string]string {
	return map[string]string{
		"5CG1234XYZ": "5cg1234xyz", " pf-2ABCDE ": "pf2abcde", "VMware-56 4d 1a 2b": "vmware564d1a2b", "SN00000001": "sn00000001",
		"2UA1234567": "2ua1234567", "SN-1234567": "sn1234567", "CLONE-1": "clone1", "SN-NEW-BOARD": "snnewboard", "GHRBCDF": "ghrbcdf",
		"C02ABC12DEFG": "c02abc12defg", "0016-4802-7721": "001648027721", "SNABCDE": "snabcde", "MB00000012": "mb00000012", "SYS4821": "sys4821",
		"4C4C4544-0042-3510-8051-B7C04F4E3532": "4c4c4544004235108051b7c04f4e3532", "Parallels-1A 2B 3C": "parallels1a2b3c",
		"/7XK2R03/CNWS30093F00A1/": "7xk2r03cnws30093f00a1", "ＡＢ１２Ｘ": "ab12x",
	}
}

// Only serial numbers that identify a machine have a key.
func TestSerialKey(t *testing.T) {
	t.Parallel()
	for _, serial := range placeholders() {
		require.Empty(t, rules.SerialKey(serial), "%q", serial)
	}
	for serial, key := range machines() {
		require.Equal(t, key, rules.SerialKey(serial), "%q", serial)
	}
}

// However a source writes a serial number, its key is the same.
func TestSerialKeyIgnoresNotation(t *testing.T) {
	t.Parallel()
	all := placeholders()
	for serial := range machines() {
		all = append(all, serial)
	}
	rapid.Check(t, func(t *rapid.T) {
		serial := rapid.SampledFrom(all).Draw(t, "serial")
		between := rapid.StringOfN(rapid.RuneFrom([]rune(" -_./:#*\t()<>\u00a0")), 0, 2, -1)
		var written strings.Builder
		for _, r := range serial {
			written.WriteString(between.Draw(t, "between"))
			if rapid.Bool().Draw(t, "upper") {
				r = unicode.ToUpper(r)
			}
			written.WriteRune(r)
		}
		require.Equal(t, rules.SerialKey(serial), rules.SerialKey(written.String()), "%q", written.String())
	})
}

// Random serial numbers, as manufacturers give them, practically never count as placeholders.
func TestSerialKeyKeepsRandomNumbers(t *testing.T) {
	t.Parallel()
	lost, drawn := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		serial := rapid.StringMatching(`[0-9A-Z]{7,12}`).Draw(t, "serial")
		if strings.Trim(serial, serial[:1]) == "" || len(serial) < 7 {
			return // rapid likes repetitions
		}
		distinct := map[rune]bool{}
		for _, r := range serial {
			distinct[r] = true
		}
		if len(distinct) < 6 {
			return
		}
		drawn++
		if rules.SerialKey(serial) == "" {
			lost++
		}
	})
	require.LessOrEqual(t, lost*20, drawn, "%d of %d", lost, drawn)
}

// A placeholder in one source never hides a real number in another.
func TestSerialTakesTheFirstMeaningful(t *testing.T) {
	t.Parallel()
	require.Equal(t, "5CG1234XYZ", rules.Serial("None", "To be filled by O.E.M", " 5CG1234XYZ\n", "2UA1234567"))
	require.Empty(t, rules.Serial())
	rapid.Check(t, func(t *rapid.T) {
		hollow := rapid.SliceOfN(rapid.SampledFrom(placeholders()), 0, 3).Draw(t, "placeholders")
		require.Empty(t, rules.Serial(hollow...))
		require.Equal(t, "CLONE-1", rules.Serial(append(hollow, "CLONE-1", "2UA1234567")...))
	})
}

func FuzzSerialKey(f *testing.F) {
	for _, serial := range placeholders() {
		f.Add(serial)
	}
	for _, seed := range []string{"\xff\xfe", "e\u0301-e", "ᄀ-ᅡ", "İ", strings.Repeat("0", 5000), strings.Repeat("serial", 500), "٣٤٥٦"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, serial string) {
		key := rules.SerialKey(serial)
		require.Equal(t, key, rules.SerialKey(key), "idempotent")
		require.Equal(t, -1, strings.IndexFunc(key, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
		if chosen := rules.Serial(serial); chosen != "" {
			require.Equal(t, key, rules.SerialKey(chosen))
			requireClean(t, chosen)
		} else {
			require.Empty(t, key)
		}
	})
}
