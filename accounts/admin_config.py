"""Which site the admin pages are. Loaded before any model is, so it stands apart from the site itself."""

from django.contrib.admin.apps import AdminConfig


class LeadAdminConfig(AdminConfig):
    default_site = "accounts.admin_site.LeadAdminSite"
