{{- /* The pod of a Job that works on the store and on the volume of backups. (root, component, args; affinity) */ -}}
{{- define "shipway.backup.pod" -}}
{{- $metadata := .root.Values.metadata -}}
{{- $placement := dict "nodeSelector" $metadata.nodeSelector "tolerations" $metadata.tolerations "affinity" .affinity "priorityClassName" $metadata.priorityClassName -}}
{{- include "shipway.pod" (dict "root" .root "component" "backup" "placement" $placement) }}
serviceAccountName: {{ include "shipway.serviceAccountName" (dict "root" .root "component" "metadata") }}
automountServiceAccountToken: false
restartPolicy: Never
containers:
  - name: {{ .name }}
    {{- include "shipway.containerImage" (dict "root" .root "image" "control") | nindent 4 }}
    args:
      {{- toYaml .args | nindent 6 }}
      {{- with include "shipway.database.flags" .root }}
      {{- . | nindent 6 }}
      {{- end }}
    env:
      - {name: SHIPWAY_HOME, value: /var/lib/shipway}
    resources:
      {{- toYaml $metadata.resources | nindent 6 }}
    {{- include "shipway.containerSecurity" .root | nindent 4 }}
    volumeMounts:
      {{- include "shipway.database.mounts" .root | nindent 6 }}
      - {name: backups, mountPath: /var/lib/shipway/backups}
volumes:
  {{- include "shipway.database.volumes" .root | nindent 2 }}
  - name: backups
    persistentVolumeClaim:
      claimName: {{ default (printf "%s-metadata-backup" (include "shipway.fullname" .root)) $metadata.backup.existingClaim }}
{{- end -}}
