{{- /* The database as `--database` names it; a file of SQLite is the home's own store and needs no name. */ -}}
{{- define "shipway.database.url" -}}
{{- $database := .Values.metadata.database -}}
{{- $port := default (ternary 3306 5432 (eq $database.type "mysql")) (int $database.port) | int -}}
{{ $database.type }}://{{ $database.user }}@{{ $database.host }}:{{ $port }}/{{ $database.name }}
{{- if $database.caSecret.name }}?ca=/etc/shipway/database/ca.crt{{ end -}}
{{- end -}}

{{- define "shipway.database.port" -}}
{{- $database := .Values.metadata.database -}}
{{- default (ternary 3306 5432 (eq $database.type "mysql")) (int $database.port) | int -}}
{{- end -}}

{{- define "shipway.database.flags" -}}
{{- if ne .Values.metadata.database.type "sqlite" -}}
- --database={{ include "shipway.database.url" . }}
- --database_password_file=/etc/shipway/database/password
{{- end -}}
{{- end -}}

{{- define "shipway.database.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: home, mountPath: /var/lib/shipway}
{{- if ne .Values.metadata.database.type "sqlite" }}
- {name: database, mountPath: /etc/shipway/database, readOnly: true}
{{- end }}
{{- end -}}

{{- define "shipway.database.volumes" -}}
{{- $database := .Values.metadata.database -}}
{{ include "shipway.tmpVolume" . }}
{{- if eq $database.type "sqlite" }}
- name: home
  persistentVolumeClaim:
    claimName: {{ default (printf "%s-metadata" (include "shipway.fullname" .)) .Values.metadata.persistence.existingClaim }}
{{- else }}
- name: home
  emptyDir: {sizeLimit: 256Mi}
- name: database
  projected:
    defaultMode: 0440
    sources:
      - secret:
          name: {{ $database.passwordSecret.name }}
          items: [{key: {{ $database.passwordSecret.key }}, path: password}]
      {{- if $database.caSecret.name }}
      - secret:
          name: {{ $database.caSecret.name }}
          items: [{key: {{ $database.caSecret.key }}, path: ca.crt}]
      {{- end }}
{{- end }}
{{- end -}}
