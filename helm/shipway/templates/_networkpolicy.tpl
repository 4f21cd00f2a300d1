{{- /* Rules that several policies share. */ -}}
{{- define "shipway.networkPolicy.dns" -}}
- ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
  to:
    - namespaceSelector:
        matchLabels: {kubernetes.io/metadata.name: kube-system}
    # Where a cache of names runs on each node (NodeLocal DNSCache), it answers at this address.
    - ipBlock: {cidr: 169.254.20.10/32}
{{- end -}}

{{- define "shipway.networkPolicy.metrics" -}}
- ports: [{port: metrics}]
  from:
    - podSelector:
        matchLabels: {app.kubernetes.io/name: shipway, app.kubernetes.io/instance: {{ .Release.Name }}, app.kubernetes.io/component: test}
    {{- with .Values.networkPolicy.metricsFrom }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- define "shipway.networkPolicy.database" -}}
{{ include "shipway.networkPolicy.dns" . }}
- ports:
    {{- range default (list (include "shipway.database.port" . | int)) .Values.networkPolicy.databasePorts }}
    - {port: {{ . }}}
    {{- end }}
{{- end -}}

{{- /* What every client of the metadata service reaches: names, and the service. */ -}}
{{- define "shipway.networkPolicy.client" -}}
{{ include "shipway.networkPolicy.dns" . }}
- ports: [{port: grpc}]
  to:
    - podSelector:
        matchLabels:
          {{- include "shipway.selector" (dict "root" . "component" "metadata") | nindent 10 }}
{{- end -}}

{{- define "shipway.networkPolicy.objectStore" -}}
{{- if .Values.objectStore.enabled }}
- ports:
    {{- range .Values.objectStore.ports }}
    - {port: {{ . }}}
    {{- end }}
{{- end }}
{{- end -}}
