{{- /* What every object of a release begins with; release names may be longer than what the longest suffix leaves. */ -}}
{{- define "shipway.fullname" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- /* Labels by which pods are selected; they never change in the life of a release. (root, component) */ -}}
{{- define "shipway.selector" -}}
app.kubernetes.io/name: shipway
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- /* Labels of every object. (root, component) */ -}}
{{- define "shipway.labels" -}}
{{ include "shipway.selector" . }}
app.kubernetes.io/part-of: shipway
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* Name, namespace and labels of an object. (root, component, suffix; namespace, name) */ -}}
{{- define "shipway.metadata" -}}
name: {{ default (printf "%s-%s" (include "shipway.fullname" .root) (default .component .suffix)) .name }}
namespace: {{ default .root.Release.Namespace .namespace }}
labels:
  {{- include "shipway.labels" . | nindent 2 }}
{{- end -}}

{{- /* Reference of an image. (root, image) */ -}}
{{- define "shipway.image" -}}
{{- $image := index .root.Values.images .image -}}
{{- with .root.Values.image.registry }}{{ trimSuffix "/" . }}/{{ end }}{{ $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}
{{- else }}:{{ $image.tag | default .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}
{{- end -}}

{{- /* Name of a component's ServiceAccount. (root, component) */ -}}
{{- define "shipway.serviceAccountName" -}}
{{- $account := (index .root.Values .component).serviceAccount -}}
{{- default (ternary (printf "%s-%s" (include "shipway.fullname" .root) .component) "default" $account.create) $account.name -}}
{{- end -}}

{{- /* Where clients find the metadata service. */ -}}
{{- define "shipway.metadataAddress" -}}
{{- ternary "grpcs" "grpc" (ne .Values.metadata.tls.secretName "") }}://{{ include "shipway.fullname" . }}-metadata.{{ .Release.Namespace }}.svc:{{ .Values.metadata.service.port }}
{{- end -}}
