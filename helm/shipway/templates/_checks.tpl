{{- /* What the schema cannot say: values that do not go together, and what must be in the cluster before. Each ends the
       installation before anything is made, in one sentence. */ -}}

{{- define "shipway.checks" -}}
{{- include "shipway.checks.values" . -}}
{{- if not (include "shipway.isOffline" .) -}}
{{- include "shipway.checks.cluster" . -}}
{{- end -}}
{{- end -}}

{{- define "shipway.checks.values" -}}
{{- range $key, $tag := dict "image.tag" .Values.image.tag "images.control.tag" .Values.images.control.tag "images.serving.tag" .Values.images.serving.tag -}}
{{- if eq $tag "latest" -}}
{{- fail (printf "%s is latest, which names another image tomorrow: give a version, or a digest." $key) -}}
{{- end -}}
{{- end -}}
{{- $database := .Values.metadata.database -}}
{{- if ne $database.type "sqlite" -}}
{{- range $key := list "host" "name" "user" -}}
{{- if not (index $database $key) -}}
{{- fail (printf "metadata.database.type is %s, and metadata.database.%s is empty: say where the database is." $database.type $key) -}}
{{- end -}}
{{- end -}}
{{- if not $database.passwordSecret.name -}}
{{- fail (printf "metadata.database.type is %s, and metadata.database.passwordSecret.name is empty: name the Secret that holds the password of %s." $database.type $database.user) -}}
{{- end -}}
{{- else if or $database.host $database.name $database.user -}}
{{- fail "metadata.database names a server and its type is sqlite: set metadata.database.type to mysql or postgresql, or leave host, name and user empty." -}}
{{- end -}}
{{- if and .Values.objectStore.enabled (not .Values.objectStore.buckets) -}}
{{- fail "objectStore.enabled is set and objectStore.buckets is empty: name the buckets whose artifacts pages may show, such as [mlpipeline]." -}}
{{- end -}}
{{- $dashboards := .Values.dashboards -}}
{{- if $dashboards.enabled -}}
{{- if not (or $dashboards.tokenSecret.name $dashboards.operatorTokenSecret.name $dashboards.proxy.header) -}}
{{- fail "Nobody could sign in to the dashboards: set dashboards.tokenSecret.name, dashboards.operatorTokenSecret.name or dashboards.proxy.header, or dashboards.enabled to false." -}}
{{- end -}}
{{- if and $dashboards.proxy.header (not $dashboards.proxy.trusted) -}}
{{- fail "dashboards.proxy.header is set and dashboards.proxy.trusted is empty: name the proxy's addresses, or anyone could say who they are." -}}
{{- end -}}
{{- if and (or $dashboards.autoscaling.enabled (gt (int $dashboards.replicas) 1)) (not $dashboards.sessionKeySecret.name) -}}
{{- fail "Several replicas of the dashboards share sessions by one key: set dashboards.sessionKeySecret.name to a Secret whose key has 32 characters or more." -}}
{{- end -}}
{{- if and (or $dashboards.autoscaling.enabled (gt (int $dashboards.replicas) 1)) $dashboards.persistence.enabled (not (has "ReadWriteMany" $dashboards.persistence.accessModes)) (not $dashboards.persistence.existingClaim) -}}
{{- fail "Several replicas of the dashboards write one audit log: set dashboards.persistence.accessModes to [ReadWriteMany]." -}}
{{- end -}}
{{- if and $dashboards.ingress.enabled (not $dashboards.ingress.hosts) -}}
{{- fail "dashboards.ingress.enabled is set and dashboards.ingress.hosts is empty: name the host by which people reach the dashboards." -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Not empty where no cluster is asked (helm template, a client's dry run): `lookup` finds nothing there. Every namespace has
       the ServiceAccount `default`; one that is still to be made is told by kube-system. */ -}}
{{- define "shipway.isOffline" -}}
{{- if not (lookup "v1" "ServiceAccount" .Release.Namespace "default") -}}
{{- if not (lookup "v1" "Namespace" "" "kube-system") -}}yes{{- end -}}
{{- end -}}
{{- end -}}

{{- define "shipway.checks.cluster" -}}
{{- $needed := list .Values.metadata.tokenSecret -}}
{{- if or .Values.exporter.enabled .Values.watcher.enabled }}{{ $needed = append $needed .Values.monitoring.tokenSecret }}{{ end -}}
{{- if .Values.dashboards.enabled -}}
{{- range $one := list .Values.dashboards.tokenSecret .Values.dashboards.operatorTokenSecret .Values.dashboards.sessionKeySecret -}}
{{- if $one.name }}{{ $needed = append $needed $one }}{{ end -}}
{{- end -}}
{{- end -}}
{{- range $one := $needed -}}
{{- $make := printf "kubectl --namespace %s create secret generic %s --from-literal=%s=$(openssl rand -hex 32)" $.Release.Namespace $one.name $one.key -}}
{{- include "shipway.checks.secret" (dict "root" $ "one" $one "make" $make) -}}
{{- end -}}
{{- if ne .Values.metadata.database.type "sqlite" -}}
{{- $one := .Values.metadata.database.passwordSecret -}}
{{- $make := printf "kubectl --namespace %s create secret generic %s --from-file=%s=FILE" $.Release.Namespace $one.name $one.key -}}
{{- include "shipway.checks.secret" (dict "root" . "one" $one "make" $make) -}}
{{- end -}}
{{- range $name := compact (list .Values.metadata.tls.secretName .Values.dashboards.tls.secretName) -}}
{{- $make := printf "kubectl --namespace %s create secret tls %s --cert=FILE --key=FILE" $.Release.Namespace $name -}}
{{- include "shipway.checks.secret" (dict "root" $ "one" (dict "name" $name "key" "tls.crt") "make" $make) -}}
{{- end -}}
{{- range $namespace := .Values.pipelines.namespaces -}}
{{- if not (lookup "v1" "ServiceAccount" $namespace "default") -}}
{{- fail (printf "The namespace %s, where pipelines shall run, is not in this cluster: install Kubeflow Pipelines first, or set pipelines.namespaces." $namespace) -}}
{{- end -}}
{{- $what := printf "The ConfigMap shipway-pipelines in the namespace %s" $namespace -}}
{{- include "shipway.checks.owner" (dict "root" $ "there" (lookup "v1" "ConfigMap" $namespace "shipway-pipelines") "what" $what "instead" "steps of a namespace report to one metadata service, so leave it out of pipelines.namespaces") -}}
{{- end -}}
{{- if and .Values.servingRuntime.enabled (not (.Capabilities.APIVersions.Has "serving.kserve.io/v1alpha1")) -}}
{{- fail "This cluster does not know KServe (serving.kserve.io/v1alpha1): install it first, or set servingRuntime.enabled to false." -}}
{{- end -}}
{{- if and .Values.servingRuntime.enabled (not .Values.servingRuntime.namespaces) -}}
{{- $there := lookup "serving.kserve.io/v1alpha1" "ClusterServingRuntime" "" "shipway-serving" -}}
{{- include "shipway.checks.owner" (dict "root" . "there" $there "what" "The ClusterServingRuntime shipway-serving" "instead" "set servingRuntime.enabled to false and share it, or give servingRuntime.namespaces") -}}
{{- end -}}
{{- if and (or .Values.monitoring.serviceMonitor.enabled .Values.monitoring.prometheusRule.enabled) (not (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1")) -}}
{{- fail "This cluster does not know the Prometheus operator (monitoring.coreos.com/v1): install it first, or set monitoring.serviceMonitor.enabled and monitoring.prometheusRule.enabled to false." -}}
{{- end -}}
{{- end -}}

{{- /* (root, one: name and key, make: the command that makes it) */ -}}
{{- define "shipway.checks.secret" -}}
{{- $there := lookup "v1" "Secret" .root.Release.Namespace .one.name -}}
{{- if not $there -}}
{{- fail (printf "The Secret %s is not in the namespace %s: %s" .one.name .root.Release.Namespace .make) -}}
{{- end -}}
{{- if not (hasKey (default dict $there.data) .one.key) -}}
{{- fail (printf "The Secret %s in the namespace %s has no key %s: delete it, then %s" .one.name .root.Release.Namespace .one.key .make) -}}
{{- end -}}
{{- end -}}

{{- /* An object that only one release can have. (root, there, what, instead) */ -}}
{{- define "shipway.checks.owner" -}}
{{- if .there -}}
{{- $annotations := default dict .there.metadata.annotations -}}
{{- $name := index $annotations "meta.helm.sh/release-name" -}}
{{- $namespace := index $annotations "meta.helm.sh/release-namespace" -}}
{{- if not (and (eq (default "" $name) .root.Release.Name) (eq (default "" $namespace) .root.Release.Namespace)) -}}
{{- $owner := ternary (printf "belongs to the release %v in the namespace %v" $name $namespace) "was not made by Helm" (not (empty $name)) -}}
{{- fail (printf "%s is there already and %s: %s." .what $owner .instead) -}}
{{- end -}}
{{- end -}}
{{- end -}}
