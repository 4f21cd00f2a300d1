{{- /* What all pods of a release have in common: the restricted Pod Security Standard, and where they run.
       (root, component; placement: the values that say where) */ -}}
{{- define "shipway.pod" -}}
{{- $values := default (index .root.Values .component) .placement -}}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "shipway.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{- /* The image of a container. (root, image) */ -}}
{{- define "shipway.containerImage" -}}
image: {{ include "shipway.image" . }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
{{- end -}}

{{- define "shipway.tmpVolume" -}}
- name: tmp
  emptyDir: {sizeLimit: 256Mi}
{{- end -}}

{{- /* Of those who read artifacts: copies of what lies in buckets are bounded to 1 GiB, and lie there. */ -}}
{{- define "shipway.copiesVolume" -}}
- name: tmp
  emptyDir: {sizeLimit: {{ ternary "2Gi" "256Mi" .Values.objectStore.enabled }}}
{{- end -}}

{{- /* One key of a Secret as a file; a new value counts without a restart. (volume, secret, key, path) */ -}}
{{- define "shipway.secretVolume" -}}
- name: {{ .volume }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 0440
    items: [{key: {{ .key }}, path: {{ .path }}}]
{{- end -}}

{{- /* A client of the metadata service: its environment, mounts and volumes. */ -}}
{{- define "shipway.metadataClient.env" -}}
- {name: SHIPWAY_HOME, value: /var/lib/shipway}
- {name: SHIPWAY_METADATA, value: {{ include "shipway.metadataAddress" . | quote }}}
- {name: SHIPWAY_METADATA_TOKEN_FILE, value: /etc/shipway/metadata/token}
{{- if and .Values.metadata.tls.secretName .Values.metadata.tls.caKey }}
- {name: SHIPWAY_METADATA_CA_FILE, value: /etc/shipway/metadata-ca/ca.crt}
{{- end }}
{{- end -}}

{{- define "shipway.metadataClient.mounts" -}}
- {name: metadata-token, mountPath: /etc/shipway/metadata, readOnly: true}
{{- if and .Values.metadata.tls.secretName .Values.metadata.tls.caKey }}
- {name: metadata-ca, mountPath: /etc/shipway/metadata-ca, readOnly: true}
{{- end }}
{{- end -}}

{{- define "shipway.metadataClient.volumes" -}}
{{ include "shipway.secretVolume" (dict "volume" "metadata-token" "secret" .Values.metadata.tokenSecret.name "key" .Values.metadata.tokenSecret.key "path" "token") }}
{{- if and .Values.metadata.tls.secretName .Values.metadata.tls.caKey }}
{{ include "shipway.secretVolume" (dict "volume" "metadata-ca" "secret" .Values.metadata.tls.secretName "key" .Values.metadata.tls.caKey "path" "ca.crt") }}
{{- end }}
{{- end -}}

{{- /* Environment by which an object store lets a process in. */ -}}
{{- define "shipway.objectStore.env" -}}
{{- $store := .Values.objectStore -}}
{{- if $store.enabled }}
{{- with $store.endpoint }}
- {name: SHIPWAY_OBJECT_STORE_ENDPOINT, value: {{ . | quote }}}
{{- end }}
{{- with $store.region }}
- {name: SHIPWAY_OBJECT_STORE_REGION, value: {{ . | quote }}}
{{- end }}
- {name: SHIPWAY_OBJECT_STORE_BUCKETS, value: {{ join "," $store.buckets | quote }}}
{{- if $store.credentialsSecret.name }}
{{- range $name := list "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY" }}
- name: {{ $name }}
  valueFrom: {secretKeyRef: {name: {{ $store.credentialsSecret.name }}, key: {{ $name }}}}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* A ServiceAccount of a component; whoever needs no API gets no token. (root, component; automount) */ -}}
{{- define "shipway.serviceAccount" -}}
{{- $account := (index .root.Values .component).serviceAccount -}}
{{- if $account.create }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "shipway.serviceAccountName" . }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "shipway.labels" . | nindent 4 }}
  {{- with $account.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end }}
{{- end -}}

{{- /* A claim that outlives the release. (root, component, suffix, values: size, storageClass, accessModes; annotations) */ -}}
{{- define "shipway.claim" -}}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  {{- include "shipway.metadata" . | nindent 2 }}
  annotations:
    helm.sh/resource-policy: keep
    {{- with .values.annotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  accessModes: {{ toJson .values.accessModes }}
  {{- with .values.storageClass }}
  storageClassName: {{ . }}
  {{- end }}
  resources:
    requests: {storage: {{ .values.size }}}
{{- end -}}
