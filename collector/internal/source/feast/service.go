package feast

import (
	"cmp"
)

// service is a feature service: the views that a model is served from, and where
// what was served is logged.
type service struct {
	project, name, owner string
	views                []projection
	log                  string // path of Parquet files; empty for no log there
	endpoint             string
}

// projection is the part of a view that a service serves.
type projection struct {
	view, as string // as names the columns of a log
	features []column
}

func (r *registry) addService(message []byte) error {
	var s service
	err := each(message, func(f field) error {
		if f.num != 1 { // FeatureServiceSpec
			return nil
		}
		return each(f.bytes, func(f field) error {
			switch f.num {
			case 1:
				s.name = f.text()
			case 2:
				s.project = f.text()
			case 3:
				return s.addView(f.bytes)
			case 6:
				s.owner = f.text()
			case 7:
				return s.readLogging(f.bytes)
			}
			return nil
		})
	})
	r.services = append(r.services, s)
	return err
}

// addView reads a FeatureViewProjection.
func (s *service) addView(message []byte) error {
	var p projection
	err := each(message, func(f field) (err error) {
		switch f.num {
		case 1:
			p.view = f.text()
		case 2:
			p.features, err = addColumn(p.features, f)
		case 3:
			p.as = f.text()
		}
		return err
	})
	p.as = cmp.Or(p.as, p.view)
	s.views = append(s.views, p)
	return err
}

func (s *service) readLogging(message []byte) error {
	return each(message, func(f field) error {
		if f.num != 3 { // FileDestination
			return nil
		}
		return each(f.bytes, func(f field) error {
			switch f.num {
			case 1:
				s.log = f.text()
			case 2:
				s.endpoint = f.text()
			}
			return nil
		})
	})
}
