{{- /* The runtime of files/serving with this release's image, resources and labels, as JSON. (root) */ -}}
{{- define "shipway.servingRuntime" -}}
{{- $runtime := .Files.Get "files/serving/clusterservingruntime.yaml" | fromYaml -}}
{{- $container := first $runtime.spec.containers -}}
{{- $_ := set $container "image" (include "shipway.image" (dict "root" . "image" "serving")) -}}
{{- $_ := set $container "imagePullPolicy" .Values.image.pullPolicy -}}
{{- $_ := set $container "resources" .Values.servingRuntime.resources -}}
{{- with .Values.imagePullSecrets }}{{ $_ := set $runtime.spec "imagePullSecrets" . }}{{ end -}}
{{- $_ := set $runtime.metadata "labels" (include "shipway.labels" (dict "root" . "component" "serving") | fromYaml) -}}
{{- toJson $runtime -}}
{{- end -}}

{{- define "shipway.inferenceLog.volume" -}}
- name: inference-log
{{- if .Values.inferenceLog.volume }}
  {{- toYaml .Values.inferenceLog.volume | nindent 2 }}
{{- else }}
  persistentVolumeClaim:
    claimName: {{ default (printf "%s-inference-log" (include "shipway.fullname" .)) .Values.inferenceLog.existingClaim }}
{{- end }}
{{- end -}}
