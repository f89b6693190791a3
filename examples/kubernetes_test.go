package examples_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/model-exporter/model_exporter/collector/config"
)

// application is one way to deploy the exporter.
type application struct {
	dir         string
	custom      kustomization
	deployments []*deployment
	services    []*clusterService
	claims      []*claim
}

func loadApplication(t *testing.T, dir string) application {
	t.Helper()
	a := application{dir: dir}
	decode(t, filepath.Join(dir, "kustomization.yaml"), &a.custom)
	for _, file := range a.custom.Resources {
		path := filepath.Join(dir, file)
		var kinds []string
		d := yaml.NewDecoder(strings.NewReader(string(read(t, path))))
		for {
			var k kind
			if err := d.Decode(&k); err != nil {
				break // decodeAll below says what is wrong
			}
			kinds = append(kinds, k.APIVersion+" "+k.Kind)
		}
		decodeAll(t, path, func() any {
			if len(kinds) == 0 {
				return new(any)
			}
			is := kinds[0]
			kinds = kinds[1:]
			switch is {
			case "apps/v1 Deployment":
				a.deployments = append(a.deployments, &deployment{})
				return a.deployments[len(a.deployments)-1]
			case "v1 Service":
				a.services = append(a.services, &clusterService{})
				return a.services[len(a.services)-1]
			case "v1 PersistentVolumeClaim":
				a.claims = append(a.claims, &claim{})
				return a.claims[len(a.claims)-1]
			}
			t.Fatalf("%s: unknown kind %s", path, is)
			return nil
		})
	}
	return a
}

func TestKubernetes(t *testing.T) {
	for _, dir := range []string{"kubernetes/sidecar", "kubernetes/standalone"} {
		t.Run(dir, func(t *testing.T) {
			a := loadApplication(t, dir)
			if len(a.deployments) != 1 || len(a.services) != 1 {
				t.Fatalf("%d deployments and %d services", len(a.deployments), len(a.services))
			}
			a.checkPod(t)
			a.checkExporter(t)
			a.checkService(t)
			for _, file := range glob(t, dir+"/*.yaml") {
				if name := filepath.Base(file); name != "kustomization.yaml" && !slices.Contains(a.custom.Resources, name) {
					t.Errorf("%s is no resource of the kustomization", name)
				}
			}
		})
	}
}

// checkPod: volumes are there, and containers may do nothing that they need not.
func (a *application) checkPod(t *testing.T) {
	t.Helper()
	d := a.deployments[0]
	p := d.Spec.Template.Spec
	if !subset(d.Spec.Selector.MatchLabels, d.Spec.Template.Metadata.Labels) {
		t.Errorf("the selector %v does not match its pods", d.Spec.Selector)
	}
	if s := p.SecurityContext; !s.RunAsNonRoot || s.RunAsUser == 0 || s.FSGroup == 0 || s.SeccompProfile.Type != "RuntimeDefault" ||
		p.AutomountServiceAccountToken == nil || *p.AutomountServiceAccountToken {
		t.Errorf("the pod may do more than it needs: %+v", s)
	}
	for _, v := range p.Volumes {
		switch {
		case v.ConfigMap != nil:
			if a.configFiles(v.ConfigMap.Name) == nil {
				t.Errorf("nobody makes ConfigMap %s", v.ConfigMap.Name)
			}
		case v.PersistentVolumeClaim != nil:
			if !slices.ContainsFunc(a.claims, func(c *claim) bool { return c.Metadata.Name == v.PersistentVolumeClaim.ClaimName }) {
				t.Errorf("nobody claims %s", v.PersistentVolumeClaim.ClaimName)
			}
		case v.EmptyDir == nil || v.EmptyDir.SizeLimit == "":
			t.Errorf("volume %s is of no kind, or without limit", v.Name)
		}
	}
	for _, c := range p.Containers {
		s := c.SecurityContext
		if s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation || !s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop, []string{"ALL"}) {
			t.Errorf("container %s may do more than it needs", c.Name)
		}
		if c.Resources.Limits["memory"] == "" || c.Resources.Requests["memory"] == "" {
			t.Errorf("container %s has no limit of memory", c.Name)
		}
		if len(a.custom.Images) != 1 || c.Image != a.custom.Images[0].Name {
			t.Errorf("the kustomization does not name the image of %s", c.Name)
		}
		for _, m := range c.VolumeMounts {
			if !slices.ContainsFunc(p.Volumes, func(v volume) bool { return v.Name == m.Name }) {
				t.Errorf("container %s mounts %s, which is no volume", c.Name, m.Name)
			}
		}
	}
}

// configFiles are the files of a generated ConfigMap.
func (a *application) configFiles(name string) []string {
	for _, g := range a.custom.ConfigMapGenerator {
		if g.Name == name {
			return g.Files
		}
	}
	return nil
}

// mounted is the volume at a path of a container, or at a folder above it.
func (a *application) mounted(c *container, path string) (m volumeMount, v volume) {
	for _, m := range c.VolumeMounts {
		if below, ok := strings.CutPrefix(path, m.MountPath); ok && (below == "" || below[0] == '/') {
			for _, v := range a.deployments[0].Spec.Template.Spec.Volumes {
				if v.Name == m.Name {
					return m, v
				}
			}
		}
	}
	return m, v
}

// checkExporter: the paths of its flags and of its configuration are mounted, and
// its port is the one of its probes.
func (a *application) checkExporter(t *testing.T) {
	t.Helper()
	c := a.exporter()
	path := flagOf(t, c.Args, "--config.file")
	if _, v := a.mounted(c, path); v.ConfigMap == nil || !slices.Contains(a.configFiles(v.ConfigMap.Name), filepath.Base(path)) {
		t.Errorf("there is no %s", path)
	}
	if m, _ := a.mounted(c, flagOf(t, c.Args, "--storage.path")); m.Name == "" || m.ReadOnly {
		t.Error("state cannot be stored")
	}
	cfg, err := config.Load(filepath.Join(a.dir, filepath.Base(path)))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range cfg.Sources {
		for _, p := range s.File.Paths {
			if m, _ := a.mounted(c, p); m.Name == "" {
				t.Errorf("source %s reads %s, which is not mounted", s.Name, p)
			}
		}
	}
	port := flagOf(t, c.Args, "--web.listen-address")
	if len(c.Ports) != 1 || port != fmt.Sprintf(":%d", c.Ports[0].ContainerPort) {
		t.Errorf("it listens on %s and has ports %v", port, c.Ports)
	}
	for path, p := range map[string]*probe{"/-/healthy": c.LivenessProbe, "/-/ready": c.ReadinessProbe} {
		if p == nil || p.HTTPGet.Path != path || p.HTTPGet.Port != c.Ports[0].Name {
			t.Errorf("probe %+v, not of %s", p, path)
		}
	}
}

func (a *application) exporter() *container {
	all := a.deployments[0].Spec.Template.Spec.Containers
	for i := range all {
		if all[i].Args[0] == "serve" {
			return &all[i]
		}
	}
	return nil
}

// checkService: the ServiceMonitor of the bundle finds it, and ModelExporterDown
// knows the job by its name.
func (a *application) checkService(t *testing.T) {
	t.Helper()
	s, c := a.services[0], a.exporter()
	if !subset(s.Spec.Selector, a.deployments[0].Spec.Template.Metadata.Labels) {
		t.Errorf("the service selects %v, not its pods", s.Spec.Selector)
	}
	if len(s.Spec.Ports) != 1 || s.Spec.Ports[0].TargetPort != c.Ports[0].Name || s.Spec.Ports[0].Port != c.Ports[0].ContainerPort {
		t.Errorf("the service has ports %+v and the exporter %+v", s.Spec.Ports, c.Ports)
	}
	monitor := loadMonitor(t)
	if !subset(monitor.Spec.Selector.MatchLabels, s.Metadata.Labels) || monitor.Spec.Endpoints[0].Port != s.Spec.Ports[0].Name {
		t.Errorf("the ServiceMonitor selects %+v, not the service", monitor.Spec)
	}
	if !regexp.MustCompile(`model.?exporter`).MatchString(s.Metadata.Name) {
		t.Errorf("ModelExporterDown does not know a job %s", s.Metadata.Name)
	}
}

func subset(some, all map[string]string) bool {
	for name, value := range some {
		if all[name] != value {
			return false
		}
	}
	return len(some) > 0
}
