from django.urls import path

from accounts.views import account, sign_in

app_name = "accounts"
urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-in/second-factor/", account.enrol, name="enrol"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("account/", account.account, name="account"),
    path("account/codes/", account.new_codes, name="new_codes"),
    path("account/password/", account.change_password, name="change_password"),
]
