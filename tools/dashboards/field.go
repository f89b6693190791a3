package dashboards

import "encoding/json"

// FieldConfig says how values are written and coloured.
type FieldConfig struct {
	Defaults  Field
	Overrides []struct {
		Matcher struct {
			ID      string
			Options json.RawMessage
		}
		Properties []struct {
			ID    string
			Value json.RawMessage
		}
	}
}

// Field is what holds for every value unless something overrides it.
type Field struct {
	Unit, DisplayName, NoValue string
	Min, Max                   *float64
	Decimals                   *int
	Color                      struct{ Mode, FixedColor string }
	Thresholds                 Thresholds
	Mappings                   []Mapping
	Custom                     json.RawMessage
}

// Thresholds are colours by value; the first has none.
type Thresholds struct {
	Mode  string
	Steps []struct {
		Color string
		Value *float64
	}
}

// Mapping writes values in other words.
type Mapping struct {
	Type    string
	Options json.RawMessage
}
