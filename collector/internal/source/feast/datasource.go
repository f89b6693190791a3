package feast

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// dataSource is where a view's rows are. At most one of uri, table and query is set.
type dataSource struct {
	uri, endpoint string
	table, query  string
	timestamp     string
	created       string
	mapping       map[string]string // from the table's column to the view's
	store         string            // who can read it: file, postgres, or another name
}

// read reads a DataSource. What data is pushed to names the table behind it.
func (s *dataSource) read(message []byte, behind bool) error {
	var pushed []byte
	class := ""
	err := each(message, func(f field) error {
		switch f.num {
		case 2:
			if s.mapping == nil {
				s.mapping = map[string]string{}
			}
			key, value, err := f.pair()
			s.mapping[key] = value
			return err
		case 3:
			s.timestamp = f.text()
		case 5:
			s.created = f.text()
		case 17:
			class = f.text()
		case 26:
			pushed = f.bytes
		case 11:
			return s.readFile(f.bytes)
		case 16:
			return s.readCustom(f.bytes)
		case 27:
			return s.readSpark(f.bytes)
		case 12, 15, 19, 30, 35:
			s.store = warehouses[int(f.num)]
		}
		return nil
	})
	if s.store == "custom" {
		s.store = storeOf(class)
	}
	if s.store == "" && pushed != nil && behind && err == nil {
		*s = dataSource{}
		return s.read(pushed, false)
	}
	return err
}

// warehouses by their field of a DataSource: none of them is read.
var warehouses = map[int]string{12: "bigquery", 15: "redshift", 19: "snowflake", 30: "trino", 35: "athena"}

// storeOf tells the offline store of a custom source by the class it is made by.
func storeOf(class string) string {
	if strings.Contains(strings.ToLower(class), "postgres") {
		return "postgres"
	}
	return class[strings.LastIndexByte(class, '.')+1:]
}

func (s *dataSource) readFile(message []byte) error {
	s.store = "file"
	return each(message, func(f field) error {
		switch f.num {
		case 1: // FileFormat: Parquet is 1
			return each(f.bytes, func(f field) error {
				if f.num != 1 {
					s.store = "delta lake"
				}
				return nil
			})
		case 2:
			s.uri = f.text()
		case 3:
			s.endpoint = f.text()
		}
		return nil
	})
}

// readCustom reads the JSON by which a plug-in describes its source.
func (s *dataSource) readCustom(message []byte) error {
	s.store = "custom"
	return each(message, func(f field) error {
		if f.num != 1 {
			return nil
		}
		var c struct{ Table, Query string }
		if json.Unmarshal(f.bytes, &c) == nil { // what is no JSON is another plug-in's
			s.table, s.query = c.Table, c.Query
		}
		return nil
	})
}

func (s *dataSource) readSpark(message []byte) error {
	s.store = "spark"
	format, path := "", ""
	err := each(message, func(f field) error {
		switch f.num {
		case 3:
			path = f.text()
		case 4:
			format = f.text()
		}
		return nil
	})
	if format == "parquet" && path != "" {
		s.store, s.uri = "file", path
	}
	return err
}

// columnOf returns the table's column that a view calls by a name.
func (s *dataSource) columnOf(name string) string {
	for _, from := range slices.Sorted(maps.Keys(s.mapping)) {
		if s.mapping[from] == name {
			return from
		}
	}
	return name
}
