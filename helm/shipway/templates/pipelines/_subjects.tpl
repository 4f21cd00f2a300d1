{{- /* The ServiceAccounts under which steps run. */ -}}
{{- define "shipway.pipelines.subjects" -}}
{{- range .Values.pipelines.namespaces }}
- {kind: ServiceAccount, name: {{ $.Values.pipelines.serviceAccount }}, namespace: {{ . }}}
{{- end }}
{{- end -}}
