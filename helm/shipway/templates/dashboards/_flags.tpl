{{- /* Files and flags that follow from the values. */ -}}
{{- define "shipway.dashboards.flags" -}}
{{- $values := .Values.dashboards -}}
- --host={{ .Values.listenAddress }}
- --port=8080
- --allowed_hosts={{ include "shipway.dashboards.hosts" . }}
{{- if $values.tokenSecret.name }}
- --token_file=/etc/shipway/dashboards/token/secret
{{- end }}
{{- if $values.operatorTokenSecret.name }}
- --operator_token_file=/etc/shipway/dashboards/operator-token/secret
{{- end }}
{{- if $values.sessionKeySecret.name }}
- --session_key_file=/etc/shipway/dashboards/session-key/secret
{{- end }}
{{- with $values.proxy.header }}
- --auth_header={{ . }}
- --trusted_proxies={{ join "," $values.proxy.trusted }}
{{- end }}
{{- with $values.proxy.operators }}
- --operators={{ join "," . }}
{{- end }}
{{- if $values.tls.secretName }}
- --tls_cert_file=/etc/shipway/tls/tls.crt
- --tls_key_file=/etc/shipway/tls/tls.key
{{- end }}
{{- with $values.servers.urls }}
- --servers={{ join "," . }}
{{- if $values.servers.tokenSecret.name }}
- --server_token_file=/etc/shipway/dashboards/servers-token/secret
{{- end }}
{{- if $values.servers.caSecret.name }}
- --server_ca_file=/etc/shipway/dashboards/servers-ca/secret
{{- end }}
{{- end }}
{{- range $name := list "prometheus" "alertmanager" }}
{{- $asked := index $values $name }}
{{- with $asked.url }}
- --{{ $name }}={{ . }}
{{- if $asked.tokenSecret.name }}
- --{{ $name }}_token_file=/etc/shipway/dashboards/{{ $name }}-token/secret
{{- end }}
{{- if $asked.caSecret.name }}
- --{{ $name }}_ca_file=/etc/shipway/dashboards/{{ $name }}-ca/secret
{{- end }}
{{- end }}
{{- end }}
{{- if .Values.inferenceLog.enabled }}
- --inference_log=/var/log/inference
{{- end }}
{{- end -}}

{{- define "shipway.dashboards.hosts" -}}
{{- $name := printf "%s-dashboards" (include "shipway.fullname" .) -}}
{{- $service := list $name (printf "%s.%s" $name .Release.Namespace) (printf "%s.%s.svc" $name .Release.Namespace) (printf "%s.%s.svc.cluster.local" $name .Release.Namespace) -}}
{{- concat $service .Values.dashboards.ingress.hosts .Values.dashboards.allowedHosts | uniq | join "," -}}
{{- end -}}

{{- /* Secrets that are mounted, as JSON: [{volume, secret, key}]. */ -}}
{{- define "shipway.dashboards.secrets" -}}
{{- $values := .Values.dashboards -}}
{{- $all := list (dict "volume" "token" "one" $values.tokenSecret) (dict "volume" "operator-token" "one" $values.operatorTokenSecret) (dict "volume" "session-key" "one" $values.sessionKeySecret) -}}
{{- range $name := list "servers" "prometheus" "alertmanager" -}}
{{- $asked := index $values $name -}}
{{- if or (get $asked "url") (get $asked "urls") -}}
{{- $all = concat $all (list (dict "volume" (printf "%s-token" $name) "one" $asked.tokenSecret) (dict "volume" (printf "%s-ca" $name) "one" $asked.caSecret)) -}}
{{- end -}}
{{- end -}}
{{- $given := list -}}
{{- range $all -}}
{{- if .one.name }}{{ $given = append $given (dict "volume" .volume "secret" .one.name "key" .one.key) }}{{ end -}}
{{- end -}}
{{- toJson $given -}}
{{- end -}}
